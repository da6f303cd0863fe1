/**
 * The results in Markdown.
 */
import { table, today, writeReport } from "../../scripts/report.ts";
import { quantile } from "../data-path/statistics.ts";
import type { Taken } from "./changes.ts";

/** One change, measured with one proxy. */
export interface Row {
  readonly proxy: string;
  /** How many services the Swarm had. */
  readonly services: number;
  /** Whether others changed meanwhile. */
  readonly churning: boolean;
  /** How many services each round changed at the same moment. */
  readonly atOnce: number;
  readonly taken: Taken;
}

/** What a report is made of. */
export interface Reported {
  /** On what it ran, a sentence. */
  readonly ran: string;
  readonly command: string;
  /** Proxies and their versions. */
  readonly versions: readonly (readonly [string, string])[];
  /** Who is not in it, each a sentence. */
  readonly skipped: readonly string[];
  readonly rows: readonly Row[];
}

/** The report; unless it is only to be printed, written too. */
export function write({ ran, command, versions, skipped, rows }: Reported, printOnly: boolean): string {
  const changes = [...new Set(rows.map(({ taken }) => taken.change))];
  const text = [
    `# Propagation, ${today()}`,
    ran,
    `    ${command}`,
    "One proxy at a time on a Swarm of its own, where it is the only one. Besides the services that are looked at (two tasks of the demo app each, with a health check; one, or as many as are changed at once) there are services with labels and without tasks. Changes begin at random moments. The client asks from the same machine: every 2 to 5 ms over a new connection, where several are changed at once each of them as many times less often.",
    table(["Proxy", "Version"], versions),
    ...(skipped.length === 0 ? [] : [skipped.map((one) => `${one.split("\n")[0]}.`).join("\n")]),
    ...changes.map((change) => section(change, rows)),
  ].join("\n\n");
  if (!printOnly) writeReport("propagation", `${text}\n`);
  return text;
}

function section(change: string, rows: readonly Row[]): string {
  const own = rows.filter(({ taken }) => taken.change === change);
  const counted = own.some(({ taken }) => taken.requests !== undefined);
  const cells = own.map(({ proxy, services, churning, atOnce, taken: { times, requests } }) => [
    proxy,
    services.toLocaleString("en"),
    churning ? "5 a second" : "none",
    atOnce === 1 ? times.length : `${times.length}, ${atOnce} at once`,
    ...[0.5, 0.99, 1].map((q) => quantile(times, q).toFixed(0)),
    ...(counted ? [`${requests?.failed ?? "–"} of ${requests?.sent.toLocaleString("en") ?? "–"}`] : []),
  ]);
  const head = ["Proxy", "Services", "Other changes", "Times", "Median", "p99", "Most"];
  return `## ${change}\n\nMilliseconds.\n\n${table([...head, ...(counted ? ["Requests that failed meanwhile"] : [])], cells)}`;
}
