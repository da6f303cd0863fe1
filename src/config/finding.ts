/**
 * What can be said about a configuration: findings (fatal) and notices (worth saying once), each with its place.
 */
import type { ConfigNotice } from "../model/config.ts";
import type { ErrorCode } from "../model/errors.ts";
import type { Places } from "./locate.ts";

/** Something that keeps core from starting with this configuration. */
export interface Finding {
  readonly code: ErrorCode & `CONFIG_${string}`;
  /** Counted from 1; 1 also for a finding about the whole file. */
  readonly line: number;
  readonly column: number;
  /** Key path as written, e.g. `Extensions.dev.ProxyReplicas`; empty for the whole file. */
  readonly key: string;
  /** What is wrong, without full stop. */
  readonly sentence: string;
  /** What to do, as an imperative without full stop. */
  readonly remedy: string;
}

/** Keys from the top table to the value; numbers are places in a list. */
export type KeyPath = readonly (string | number)[];

/** Collects what is found while one document is read. */
export interface Report {
  readonly places: Places;
  readonly findings: Finding[];
  readonly notices: ConfigNotice[];
}

/** Adds a finding about a key. */
export function addFinding(
  report: Report,
  path: KeyPath,
  sentence: string,
  remedy: string,
  code: Finding["code"] = "CONFIG_INVALID",
): void {
  const { line, column } = report.places(path);
  report.findings.push({ code, line, column, key: keyText(path), sentence: plain(sentence), remedy: plain(remedy) });
}

/** Adds a notice about a key. */
export function addNotice(report: Report, path: KeyPath, sentence: string): void {
  report.notices.push({ line: report.places(path).line, key: keyText(path), sentence: plain(sentence) });
}

/** One line, the way compilers print: `config.toml:12:3: Extensions.dev.ProxyReplicas: …; remedy`. */
export function findingLine(source: string, finding: Finding): string {
  const key = finding.key === "" ? "" : `${finding.key}: `;
  return `${plain(source)}:${finding.line}:${finding.column}: ${key}${finding.sentence}; ${finding.remedy}`;
}

/** One line for a notice. */
export function noticeLine(source: string, notice: ConfigNotice): string {
  return `${plain(source)}:${notice.line}: ${notice.key}: ${notice.sentence}`;
}

/** A key path as TOML writes it: bare where it can be, quoted where it must. */
export function keyText(path: KeyPath): string {
  let text = "";
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`;
    else text += (text === "" ? "" : ".") + bareOrQuoted(key);
  }
  return text;
}

/** One key as TOML writes it. */
export function bareOrQuoted(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : plain(JSON.stringify(short(key)));
}

/** A value as TOML writes it, cut to what fits on a line; tables and dates by their kind. */
export function valueText(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(short(value));
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return value.length <= 3 && value.every((v) => typeof v !== "object")
      ? `[${value.map(valueText).join(", ")}]`
      : `a list of ${value.length}`;
  }
  if (value instanceof Date) return "a date";
  return value === undefined ? "nothing" : "a table";
}

function short(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

/** The text without anything that could break or forge a line of a log or a terminal. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "?");
}
