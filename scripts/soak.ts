/**
 * `make soak`: all faults at random for a while, under load, and the report.
 */
import { seed as chosenSeed } from "../test/faults/random.ts";
import { soak, type SoakResult } from "../test/faults/soak.ts";
import { attachLab } from "../test/lab/lab.ts";
import { totals } from "../test/faults/load/summary.ts";
import { ranOn, table, today, writeReport } from "./report.ts";
import { withLab } from "./with-lab.ts";

const minutes = Number(process.env["MINUTES"] ?? 30);
const seed = chosenSeed();
const start = performance.now();
const say = (line: string): void =>
  console.log(`${((performance.now() - start) / 1000).toFixed(0).padStart(5)} s  ${line}`);
let faults: readonly string[] = ["it did not run"];

await withLab(async () => {
  say(`soaking for ${minutes} minutes; seed ${seed}`);
  const result = await soak(minutes, seed, say);
  ({ faults } = result);
  say(`the report: ${writeReport("soak", report(result, await ranOn(await attachLab())))}`);
  for (const fault of faults) say(`✖ ${fault}`);
});

function report(result: SoakResult, where: string): string {
  const { sent, ...wrong } = totals(result.load);
  const counts = Object.entries(wrong).map(([what, count]) => `${what} ${count}`);
  return `# Soak of ${minutes} minutes, ${today()}

${where} Open loop of 300 requests per second through a load balancer.

    MINUTES=${minutes} FAULT_SEED=${result.seed} make soak

${sent} requests sent; ${counts.join(", ")}.

${table(
  ["Event", "Times", "Went wrong and may not", "Went wrong and may", "Allowed", "Not ended or not settled"],
  result.mischiefs.map(({ name, times, wrong, excused, allowed, broken }) => [
    name,
    times,
    wrong,
    excused,
    allowed,
    broken,
  ]),
)}

${result.faults.length === 0 ? "Afterwards everything was as after a fresh start." : `What is not as it must be:\n\n${result.faults.map((fault) => `* ${fault.replaceAll("\n", "\n  ")}`).join("\n")}`}
`;
}

process.exit(faults.length === 0 ? 0 : 1);
