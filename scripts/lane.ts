/**
 * A lane of tests: files that run together.
 */
import { globSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

/** How many tests ended how. */
export interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

const root = join(import.meta.dirname, "..");

/** Runs the test files of a lane; concurrency 1 where tests share one Swarm. `timeoutMs` is for one file. */
export async function runLane(
  name: string,
  patterns: readonly string[],
  concurrency: number,
  timeoutMs = 1_800_000,
): Promise<Count> {
  const total: Count = { passed: 0, failed: 0, skipped: 0 };
  const start = performance.now();
  const files = patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root, exclude: ["node_modules/**"] }))
    .toSorted();
  console.log(`\n── ${name}: ${files.length} files`);
  const stream = run({ files: files.map((file) => join(root, file)), concurrency, cwd: root, timeout: timeoutMs });
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
  return total;
}
