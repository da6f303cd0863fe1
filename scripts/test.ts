/**
 * `make test`: runs everything there is, a lane after the other, and ends with the true total.
 *
 * Lanes that need a Swarm run when the machine can have one; where it cannot, their tests skip themselves by name.
 */
import { globSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { checks, runCheck } from "./checks.ts";
import { withLab } from "./with-lab.ts";

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

const root = join(import.meta.dirname, "..");
const total: Count = { passed: 0, failed: 0, skipped: 0 };
const only = process.argv.slice(2);

/** Runs the test files of a lane; concurrency 1 where tests share one Swarm. */
async function lane(name: string, patterns: readonly string[], concurrency: number): Promise<void> {
  if (only.length > 0 && !only.includes(name)) return;
  const start = performance.now();
  const files = patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root, exclude: ["node_modules/**"] }))
    .toSorted();
  console.log(`\n── ${name}: ${files.length} files`);
  const stream = run({ files: files.map((file) => join(root, file)), concurrency, cwd: root, timeout: 1_800_000 });
  stream.on("test:pass", (event) => {
    if (event.details.type === "suite") return;
    if (event.skip === undefined && event.todo === undefined) total.passed += 1;
    else total.skipped += 1;
  });
  stream.on("test:fail", (event) => {
    if (event.details.type !== "suite") total.failed += 1;
  });
  for await (const line of stream.compose(new spec())) process.stdout.write(line as Buffer);
  console.log(`── ${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
}

if (only.length === 0 || only.includes("check")) {
  console.log("── check");
  for (const check of checks) {
    const outcome = await runCheck(check);
    total[outcome.ok ? "passed" : "failed"] += 1;
    console.log(
      `${outcome.ok ? "✔" : "✖"} ${check.name} (${outcome.seconds.toFixed(1)} s)${outcome.ok ? "" : `\n${outcome.output}`}`,
    );
  }
}
await lane("unit", ["src/**/*.test.ts", "test/lab/**/*.test.ts", "examples/**/*.test.ts"], 2);
await withLab(only, async () => {
  // Goldens are files, but each also passes the image's own `nginx -t`.
  await lane("golden", ["test/golden/**/*.test.ts"], 2);
  await lane("contract", ["test/contract/**/*.test.ts"], 1);
  await lane("behaviour", ["test/behaviour/**/*.test.ts"], 2);
  await lane("e2e", ["test/e2e/**/*.test.ts"], 1);
});
// Last and alone: an emulated processor is slow enough without the lab beside it. Everything shall end within 45 minutes.
const minutes = Math.round(performance.now() / 60_000);
if (only.length === 0 && minutes > 27) {
  total.skipped += 1;
  console.log(`\n── vm: skipped, because ${minutes} minutes are over already; 'make test-vm' runs it`);
} else await lane("vm", ["test/vm/**/*.test.ts"], 1);

// A fork left behind by a failing test must not keep the total from being printed.
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`, () => {
  process.exit(total.failed === 0 ? 0 : 1);
});
