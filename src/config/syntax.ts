/**
 * From text to tables: the TOML parser, with its complaints in our form.
 */
import { parse, TomlError } from "smol-toml";
import type { Finding } from "./finding.ts";
import type { RawTable } from "./read-table.ts";

/** What to do about a complaint of the parser, by what it says; the first that fits. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [/redefine an already defined/, "keep one of the two, or rename one"],
  [/followed by an end-of-line/, "write one key per line, and close quotes and brackets"],
  [/unfinished string/, "close the quotes"],
  [/unfinished (array|table)|comma or end of structure/, "close the bracket, and put commas between entries"],
  [/escape|hex character/, "write \\\\ for a backslash, or use single quotes"],
  [/end of key|bare key|in key/, "write Key = value, or [Table] for a table"],
  [/control characters/, "remove the invisible character"],
  [/numeric|integer|underscore|leading zero/, "write a plain number, or a text in quotes"],
  [/date/, "write a text in quotes"],
  [/invalid value/, "write texts in quotes, true or false in lower case, numbers without quotes"],
];

/**
 * Parses TOML.
 *
 * Fails: a finding with line and column. Source: toml.io v1.0.0 and 1.1.0, as smol-toml reads them.
 */
export function tablesOf(text: string): { readonly raw: RawTable } | { readonly finding: Finding } {
  try {
    return { raw: parse(text) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return { finding: findingOf(error, text.split(/\r?\n/)) };
  }
}

function findingOf(error: TomlError, lines: readonly string[]): Finding {
  const { line, column } = error;
  const [first = ""] = error.message.split("\n");
  const complaint = first
    .replace(/^Invalid TOML document: /, "")
    .replaceAll(/\p{Cc}/gu, "?")
    .replace(/\.$/, "");
  const earlier = /redefine/.test(complaint) ? earlierLine(lines, line) : undefined;
  return {
    code: "CONFIG_SYNTAX",
    line,
    column,
    key: keyAt(lines, line),
    sentence: `not valid TOML: ${complaint}${earlier === undefined ? "" : ` (first in line ${earlier})`}`,
    remedy: remedyFor(complaint, lines[line - 1] ?? "", column),
  };
}

function remedyFor(complaint: string, line: string, column: number): string {
  if (line.trimStart().startsWith("{")) return "write TOML, not JSON";
  if (/^\s*[\w-]+:(\s|$)/.test(line)) return "write TOML, not YAML";
  // The parser calls the line end inside of a string a control character.
  if (/control characters/.test(complaint) && column > line.length) return "close the quotes";
  if (/^\s*\[[^\]]*$/.test(line)) return "close the bracket";
  return remedies.find(([pattern]) => pattern.test(complaint))?.[1] ?? "mend the line";
}

const header = /^\s*\[+\s*([\w.-]+)\s*\]/;
const assignment = /^\s*([\w.-]+)\s*=/;

/** The key that a line is about, as far as it can be told from text that is not TOML; never a value. */
function keyAt(lines: readonly string[], line: number): string {
  return keysOf(lines.slice(0, line)).at(-1) ?? "";
}

/** The line that said the same before. */
function earlierLine(lines: readonly string[], line: number): number | undefined {
  const keys = keysOf(lines.slice(0, line));
  const key = keys.at(-1);
  const index = key === "" || key === undefined ? -1 : keys.indexOf(key);
  return index < 0 || index === line - 1 ? undefined : index + 1;
}

/** The key or table that each line is about; empty for other lines. */
function keysOf(lines: readonly string[]): readonly string[] {
  let table = "";
  return lines.map((line) => {
    const opened = header.exec(line)?.[1];
    if (opened !== undefined) {
      table = opened;
      return table;
    }
    const key = assignment.exec(line)?.[1];
    if (key === undefined) return "";
    return table === "" ? key : `${table}.${key}`;
  });
}
