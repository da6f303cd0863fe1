/**
 * From the parsed document to a {@link Config}: the top table, then every extension, then what they say about each other.
 */
import type { Config } from "../model/config.ts";
import { nearest } from "../model/nearest.ts";
import { contradictions, type ReadExtension } from "./contradictions.ts";
import { derivedServiceName, extensionConfigOf, serviceNameKeys } from "./derive.ts";
import { isServiceName, serviceNameExpected } from "./fields.ts";
import { addFinding, bareOrQuoted, valueText, type KeyPath, type Report } from "./finding.ts";
import { coreNotices, extensionNotices } from "./notices.ts";
import { isTable, readTable, type RawTable, type ReadTable } from "./read-table.ts";
import { coreTable, type CoreFields } from "./schema-core.ts";
import { extensionTable } from "./schema-extension.ts";
import { nginxTable } from "./schema-nginx.ts";

/**
 * Reads the whole document.
 *
 * Shape: extensions sorted by name; contradictions are looked for only when every value could be read.
 * Fails: `undefined` when there is any finding; they are all in the report.
 */
export function readDocument(report: Report, raw: RawTable): Config | undefined {
  const top = topTable(report, raw);
  const core = readTable(report, coreTable, top, [], ["Extensions"]);
  coreNotices(report, core);
  const extensions = extensionTables(report, top)
    .flatMap(([path, table]) => readExtension(report, path, table) ?? [])
    .toSorted((a, b) => (a.config.name < b.config.name ? -1 : 1));
  if (report.findings.length > 0 || core.value === undefined) return undefined;
  checkTls(report, core);
  contradictions(report, extensions);
  if (report.findings.length > 0) return undefined;
  return { ...core.value, extensions: extensions.map((e) => e.config) };
}

/**
 * The top table without tables that are nearly called `Extensions`: those are findings, not unknown keys.
 * Why: ignoring `[Extension.dev]`, which the article itself has once, would silently leave out a whole service cluster.
 */
function topTable(report: Report, raw: RawTable): RawTable {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(raw)) {
    const mistyped = isTable(value) && key.toLowerCase() !== "extensions" && nearest(key, ["Extensions"]) !== undefined;
    if (!mistyped) {
      kept[key] = value;
      continue;
    }
    const name = Object.keys(value)[0] ?? "default";
    const remedy = `write [Extensions.${bareOrQuoted(name)}]`;
    addFinding(report, [key, name], `unknown table ${bareOrQuoted(key)}`, remedy);
  }
  return kept;
}

function extensionTables(report: Report, top: RawTable): (readonly [KeyPath, RawTable])[] {
  const key = Object.keys(top).find((k) => k.toLowerCase() === "extensions");
  const remedy = "write at least one [Extensions.<name>], for example [Extensions.default]";
  if (key === undefined || (isTable(top[key]) && Object.keys(top[key]).length === 0)) {
    // A mistyped table has been told already.
    if (report.findings.length === 0) addFinding(report, key === undefined ? [] : [key], "has no extension", remedy);
    return [];
  }
  const all = top[key];
  if (!isTable(all)) {
    addFinding(report, [key], `expected tables [Extensions.<name>], got ${valueText(all)}`, remedy);
    return [];
  }
  return Object.entries(all).flatMap(([name, table]) => {
    const path = [key, name];
    if (isTable(table)) return [[path, table] as const];
    const sentence = `expected a table [Extensions.${bareOrQuoted(name)}], got ${valueText(table)}`;
    const hint = name.toLowerCase() in lowerKeys ? "move the key below [Extensions.<name>]" : remedy;
    addFinding(report, path, sentence, hint);
    return [];
  });
}

const lowerKeys = Object.fromEntries(Object.keys(extensionTable.fields).map((key) => [key.toLowerCase(), true]));

function readExtension(report: Report, path: KeyPath, raw: RawTable): ReadExtension | undefined {
  const name = String(path.at(-1));
  if (name.trim() === "") addFinding(report, path, "has an empty name", "name it, for example [Extensions.default]");
  const extension = readTable(report, extensionTable, raw, path, ["Config"]);
  const configPath = settingsPath(raw, path);
  const written = raw[String(configPath.at(-1))] ?? {};
  if (!isTable(written)) {
    const remedy = `write [Extensions.${bareOrQuoted(name)}.Config] and nginx's keys below it`;
    addFinding(report, configPath, `expected a table, got ${valueText(written)}`, remedy);
    return undefined;
  }
  const settings = readTable(report, nginxTable, written, configPath);
  extensionNotices(report, extension, settings);
  if (extension.value === undefined || settings.value === undefined) return undefined;
  const config = extensionConfigOf(name, extension.value, settings.value);
  checkDerivedNames(report, name, extension);
  const entries = Object.values(raw);
  const onlySubTables = entries.length > 0 && entries.every(isTable);
  return { config, path, onlySubTables, pathOf: extension.pathOf, settingsPathOf: settings.pathOf };
}

function settingsPath(raw: RawTable, path: KeyPath): KeyPath {
  return [...path, Object.keys(raw).find((k) => k.toLowerCase() === "config") ?? "Config"];
}

function checkDerivedNames(report: Report, name: string, extension: ReadTable<unknown>): void {
  for (const [key, base] of Object.entries(serviceNameKeys)) {
    const derived = derivedServiceName(base, name);
    if ((extension.raw.get(key) ?? "") !== "" || isServiceName(derived)) continue;
    const sentence = `expected ${serviceNameExpected}, got ${valueText(derived)} from the table's name`;
    addFinding(report, extension.pathOf(key), sentence, `write ${key} = "…", or give the table a shorter name`);
    return;
  }
}

function checkTls(report: Report, core: ReadTable<CoreFields>): void {
  const { certPath, keyPath } = core.value?.docker ?? {};
  if ((certPath === undefined) === (keyPath === undefined)) return;
  const [given, missing] = certPath === undefined ? ["TLSKey", "TLSCert"] : ["TLSCert", "TLSKey"];
  const remedy = `write ${missing} as well, or remove ${given}`;
  addFinding(report, core.pathOf(given), `is of no use without ${missing}`, remedy, "CONFIG_CONTRADICTION");
}
