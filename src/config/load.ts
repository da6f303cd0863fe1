/**
 * The front door: from a file's bytes to a {@link Config}, or to everything that is wrong with it.
 */
import { readFile } from "node:fs/promises";
import type { Config, ConfigNotice } from "../model/config.ts";
import { InterlockError, sentenceOf } from "../model/errors.ts";
import { readDocument } from "./document.ts";
import { findingLine, type Finding, type Report } from "./finding.ts";
import { placesIn } from "./locate.ts";
import { tablesOf } from "./syntax.ts";
import { textOf } from "./text.ts";

/** Everything there is to say about one configuration. */
export interface CheckedConfig {
  /** Absent when there is any finding. */
  readonly config?: Config;
  /** In the order of the file. */
  readonly findings: readonly Finding[];
  readonly notices: readonly ConfigNotice[];
}

/** A configuration that core can run with. */
export interface ReadConfig {
  readonly config: Config;
  readonly notices: readonly ConfigNotice[];
}

/** Looks at a whole configuration; throws nothing. */
export function checkConfig(content: string | Uint8Array): CheckedConfig {
  const decoded = textOf(content);
  if ("finding" in decoded) return { findings: [decoded.finding], notices: [] };
  if (isEmpty(decoded.text)) return { findings: [emptyFinding], notices: [] };
  const parsed = tablesOf(decoded.text);
  if ("finding" in parsed) return { findings: [parsed.finding], notices: [] };
  const report: Report = { places: placesIn(decoded.text), findings: [], notices: [] };
  const config = readDocument(report, parsed.raw);
  return {
    ...(config === undefined ? {} : { config }),
    findings: report.findings.toSorted((a, b) => a.line - b.line || a.column - b.column),
    notices: report.notices.toSorted((a, b) => a.line - b.line),
  };
}

/**
 * Reads a configuration.
 *
 * Shape: `source` is the name that messages begin with, usually the file's path.
 * Fails: CONFIG_SYNTAX | CONFIG_INVALID | CONFIG_CONTRADICTION, with the first finding as one line; {@link checkConfig} has all.
 */
export function readConfig(content: string | Uint8Array, source: string): ReadConfig {
  const { config, findings, notices } = checkConfig(content);
  if (config !== undefined) return { config, notices };
  const [first] = findings;
  if (first === undefined) throw new InterlockError("DEFECT", "a configuration was refused without a reason");
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : "";
  throw new InterlockError(first.code, findingLine(source, first) + more, {
    details: { file: source, line: first.line, column: first.column, key: first.key, findings: findings.length },
  });
}

/** Reads a configuration file. Fails: as {@link readConfig}, and CONFIG_UNREADABLE. */
export async function loadConfig(path: string): Promise<ReadConfig> {
  return readConfig(await readConfigFile(path), path);
}

/** The bytes of a configuration file. Fails: CONFIG_UNREADABLE. */
export async function readConfigFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const message = `${path}: cannot be read (${sentenceOf(cause)}); give the path of the TOML file`;
    throw new InterlockError("CONFIG_UNREADABLE", message, { cause, details: { file: path } });
  }
}

function isEmpty(text: string): boolean {
  return text.split("\n").every((line) => /^\s*(#|$)/.test(line));
}

const emptyFinding: Finding = {
  code: "CONFIG_INVALID",
  line: 1,
  column: 1,
  key: "",
  sentence: "is empty",
  remedy: "write at least one [Extensions.<name>], for example [Extensions.default]",
};
