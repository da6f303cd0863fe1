/**
 * `make test`: runs everything there is, a lane after the other, and ends with the true total.
 *
 * Lanes that need a Swarm run when the machine can have one; where it cannot, their tests skip themselves by name.
 */
import { checks, runCheck } from "./checks.ts";
import { addCount, noCount, runLane, sayFailures } from "./lane.ts";
import { withRows } from "./rows.ts";
import { withLab } from "./with-lab.ts";

const total = noCount();
const only = process.argv.slice(2);

function wanted(...names: readonly string[]): boolean {
  return only.length === 0 || names.some((name) => only.includes(name));
}

/** A lane, where it is wanted. */
async function lane(name: string, patterns: readonly string[], concurrency: number): Promise<void> {
  if (wanted(name)) addCount(total, await runLane(name, patterns, concurrency));
}

/** One row. On a machine so slow that not everything ends within 45 minutes the last ones are left out by name. */
async function row(file: string): Promise<void> {
  const minutes = Math.round(performance.now() / 60_000);
  if (only.length > 0 || minutes < 39) await lane("faults", [file], 1);
  else {
    total.skipped += 1;
    console.log(`\n── faults: ${file} skipped, because ${minutes} minutes are over already; 'make faults' runs it`);
  }
}

if (wanted("check")) {
  console.log("── check");
  for (const check of checks) {
    const outcome = await runCheck(check);
    total[outcome.ok ? "passed" : "failed"] += 1;
    if (!outcome.ok) total.failures.push(`the check ${check.name}`);
    console.log(
      `${outcome.ok ? "✔" : "✖"} ${check.name} (${outcome.seconds.toFixed(1)} s)${outcome.ok ? "" : `\n${outcome.output}`}`,
    );
  }
}
await lane("unit", ["src/**/*.test.ts", "test/lab/**/*.test.ts", "examples/**/*.test.ts"], 2);
await lane("gate", ["test/gate/**/*.test.ts"], 2);
if (wanted("golden", "contract", "behaviour", "e2e"))
  await withLab(async () => {
    // Goldens are files, but each also passes the image's own `nginx -t`.
    await lane("golden", ["test/golden/**/*.test.ts"], 2);
    await lane("contract", ["test/contract/**/*.test.ts"], 1);
    await lane("behaviour", ["test/behaviour/**/*.test.ts"], 2);
    await lane("e2e", ["test/e2e/**/*.test.ts"], 1);
  });
if (wanted("faults")) await withRows(row);
// On a processor emulated at a tenth of its speed a request may take half a minute: what fails there says little about the product.
if (only.length === 0 && process.env["INTERLOCK_VM"] !== "1") {
  total.skipped += 1;
  console.log(`\n── vm: skipped, because it takes an emulated processor; 'make test-vm' runs it, or INTERLOCK_VM=1`);
} else await lane("vm", ["test/vm/**/*.test.ts"], 1);

sayFailures(total);
// A fork left behind by a failing test must not keep the total from being printed.
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`, () => {
  process.exit(total.failed === 0 ? 0 : 1);
});
