/**
 * Reads one table of the document: finds its known keys in whatever case they are written, checks their values, says
 * what is wrong or unknown.
 */
import type * as z from "zod";
import { parseDuration } from "./duration.ts";
import { aboutOf, type Table, type TomlValue } from "./about.ts";
import { addFinding, addNotice, bareOrQuoted, keyText, valueText, type KeyPath, type Report } from "./finding.ts";
import { nearest } from "../model/nearest.ts";

/** A table as the parser gives it. */
export type RawTable = Readonly<Record<string, unknown>>;

/** True for a TOML table; lists and dates are none. */
export function isTable(value: unknown): value is RawTable {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** A table after reading. */
export interface ReadTable<Out> {
  /** Absent when a value was refused. */
  readonly value?: Out;
  /** Values by documented name, as written. */
  readonly raw: ReadonlyMap<string, unknown>;
  /** The path of a documented name as it was written; where it would stand when it was not. */
  readonly pathOf: (key: string) => KeyPath;
}

/**
 * Reads one table.
 *
 * Shape: `others` are known names that belong to somebody else (sub-tables); they are left alone, and so is what is in them.
 * Fails: nothing is thrown; findings and notices go to the report.
 */
export function readTable<Out>(
  report: Report,
  table: Table<Out>,
  written: RawTable,
  prefix: KeyPath,
  others: readonly string[] = [],
): ReadTable<Out> {
  const known = [...Object.keys(table.fields), ...others];
  const matched = matchKeys(report, known, written, prefix);
  const values = new Map(
    [...matched.entries()].filter(([key]) => key in table.fields).map(([k, w]) => [k, written[w]]),
  );
  const pathOf = (key: string): KeyPath => [...prefix, matched.get(key) ?? key];
  const result = table.schema.safeParse(Object.fromEntries(values));
  if (result.success) return { value: result.data, raw: values, pathOf };
  const seen = new Set<string>();
  for (const issue of result.error.issues) {
    const [key = "", ...rest] = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
    const path = [...pathOf(String(key)), ...rest];
    if (seen.has(keyText(path))) continue;
    seen.add(keyText(path));
    addValueFinding(report, path, String(key), issue.message, rest, table.fields[String(key)], values.get(String(key)));
  }
  return { raw: values, pathOf };
}

/** The written name of each known key; a key written twice in different case is a finding, an unknown one a notice. */
function matchKeys(
  report: Report,
  known: readonly string[],
  written: RawTable,
  prefix: KeyPath,
): ReadonlyMap<string, string> {
  const byLower = new Map(known.map((key) => [key.toLowerCase(), key]));
  const matched = new Map<string, string>();
  for (const key of Object.keys(written)) {
    const canonical = byLower.get(key.toLowerCase());
    if (canonical === undefined) {
      addNotice(report, [...prefix, key], unknownSentence(key, known));
      continue;
    }
    const first = matched.get(canonical);
    if (first === undefined) {
      matched.set(canonical, key);
      continue;
    }
    const line = report.places([...prefix, first]).line;
    const sentence = `is the same key as ${bareOrQuoted(first)} in line ${line}, since case does not matter`;
    addFinding(report, [...prefix, key], sentence, "keep one of the two", "CONFIG_CONTRADICTION");
  }
  return matched;
}

/** Keys of the HAProxy extension, which the original's documentation has beside nginx's, and what nginx has instead. Source: reference §2.4. */
const haproxyKeys: Readonly<Record<string, string>> = {
  clienttimeout: "ClientBodyTimeout and SendTimeout are nginx's",
  servertimeout: "ReadTimeout and SendTimeout are nginx's",
  defaultoptions: "HTTPOptions are nginx's",
};

function unknownSentence(key: string, known: readonly string[]): string {
  const instead = haproxyKeys[key.toLowerCase()];
  if (instead !== undefined) return `a key of the HAProxy extension without a meaning for nginx, ignored; ${instead}`;
  const meant = nearest(key, known);
  return `unknown key, ignored${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}

function addValueFinding(
  report: Report,
  path: KeyPath,
  key: string,
  expected: string,
  rest: KeyPath,
  field: z.ZodType | undefined,
  value: unknown,
): void {
  const about = aboutOf(field);
  const step = rest[0];
  const wrong = typeof step === "number" && Array.isArray(value) ? value[step] : stepInto(value, step);
  const got = about?.secret === true ? `a value that is not a text` : valueText(wrong);
  const sentence = `expected ${expected}, got ${got}`;
  addFinding(report, path, sentence, remedyFor(key, rest, field, about?.example, value));
}

function stepInto(value: unknown, step: string | number | undefined): unknown {
  return typeof step === "string" && isTable(value) ? value[step] : value;
}

/** Writes the key with what was probably meant, else with the example. */
function remedyFor(
  key: string,
  rest: KeyPath,
  field: z.ZodType | undefined,
  example: TomlValue | undefined,
  value: unknown,
): string {
  const step = rest[0];
  if (typeof step === "string" && isTable(value)) {
    return step.trim() === "" ? "name the label or remove it" : `write ${bareOrQuoted(step)} = ${textOf(value[step])}`;
  }
  const meant =
    aboutOf(field)?.secret === true ? undefined : candidates(value).find((v) => field?.safeParse(v).success);
  const better = meant ?? example;
  return better === undefined ? "mend or remove it" : `write ${key} = ${tomlText(better)}`;
}

/** What people mean when they write a value of the wrong kind: `"2"` for 2, 3 for `"3s"`, `"5s"` for 5, one text for a list of one. */
function candidates(value: unknown): TomlValue[] {
  if (typeof value === "number" && Number.isFinite(value)) return [String(value), `${value}s`];
  if (Array.isArray(value) && value.length < 10) return [value.map(String)];
  if (typeof value !== "string" || value.length > 100 || value === "") return [];
  const word = value.trim().toLowerCase();
  const number = /^\d{1,9}$/.test(word) ? [Number(word), `${word}s`] : [];
  const ms = parseDuration(word);
  const seconds = ms === undefined ? [] : [ms / 1_000];
  const truth = ["true", "yes", "on"].includes(word) ? [true] : ["false", "no", "off"].includes(word) ? [false] : [];
  return [...number, ...seconds, ...truth, word, word.replaceAll(" ", ""), [value]];
}

function textOf(value: unknown): string {
  return tomlText(typeof value === "number" || typeof value === "boolean" ? String(value) : "value");
}

function tomlText(value: TomlValue): string {
  if (typeof value !== "object") return typeof value === "string" ? JSON.stringify(value) : String(value);
  if (isList(value)) return `[${value.map((v) => JSON.stringify(v)).join(", ")}]`;
  return `{ ${Object.entries(value)
    .map(([k, v]) => `${bareOrQuoted(k)} = ${JSON.stringify(v)}`)
    .join(", ")} }`;
}

function isList(value: TomlValue): value is readonly string[] {
  return Array.isArray(value);
}
