/**
 * `make faults`: every row of the table of faults with many rounds, and the report with counts per row.
 */
import { existsSync, readFileSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attachLab } from "../test/lab/lab.ts";
import type { Recorded } from "../test/faults/report.ts";
import { addCount, noCount, runLane, sayFailures } from "./lane.ts";
import { ranOn, table, today, writeReport } from "./report.ts";
import { withRows } from "./rows.ts";
import { withLab } from "./with-lab.ts";

process.env["FAULT_ROUNDS"] ??= "20";
const only = process.argv.slice(2);
const mostMs = 4 * 3_600_000;
const tests = noCount();
let where = "";

await using folder = await mkdtempDisposable(join(tmpdir(), "interlock-faults-"));
const lines = join(folder.path, "rows.jsonl");
process.env["INTERLOCK_FAULT_REPORT"] = lines;

/** One file; whoever ends the table early has the report of what ran. */
async function run(file: string): Promise<void> {
  where ||= await ranOn(await attachLab());
  addCount(tests, await runLane("faults", [file], 1, mostMs));
  const recorded = readRows();
  if (recorded.length > 0) console.log(`\nthe report: ${writeReport("faults", report(recorded))}`);
}

if (only.length === 0) await withRows(run);
else
  await withLab(async () => {
    for (const file of only) await run(file);
  });

function readRows(): readonly Recorded[] {
  if (!existsSync(lines)) return [];
  return readFileSync(lines, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Recorded);
}

function report(rows: readonly Recorded[]): string {
  const what = only.length > 0 ? `node scripts/faults.ts ${only.join(" ")}` : "make faults";
  const command = `    FAULT_ROUNDS=${process.env["FAULT_ROUNDS"]} ${what}`;
  const head =
    "Event|Rounds|Seconds|Sent|Failed|Reset|Timed out|Misrouted|WebSockets closed|Downloads cut|Taking effect twice|Allowed|Of these allowed|";
  const cells = rows.map((row) => {
    const { sent, failed, reset, timedOut, misrouted, closed, cut, duplicated } = row.totals;
    const counts = [sent, failed, reset, timedOut, misrouted, closed, cut, duplicated];
    const verdict = [row.allowed, row.excused, row.passed ? "✔" : "✖"];
    return [row.mischief, row.rounds, row.seconds.toFixed(0), ...counts, ...verdict];
  });
  const measured = rows.flatMap(({ mischief, said }) => said.map((line) => `* ${mischief}: ${line}`));
  const seeds = rows.map(({ mischief, seed }) => `${mischief} ${seed}`).join(", ");
  return `# Faults under load, ${today()}

${where} Open loop of 300 requests per second; what is counted and how: \`test/faults\`.

${command}

${table(head.split("|"), cells)}

Tests: ${tests.passed} passed, ${tests.failed} failed, ${tests.skipped} skipped; a row whose event could not be made to happen is among those that failed, and not in the table.

${measured.length > 0 ? `Measured on the way:\n\n${measured.join("\n")}\n\n` : ""}Seeds: ${seeds}.
`;
}

sayFailures(tests);
process.exit(tests.failed === 0 ? 0 : 1);
