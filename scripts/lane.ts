/**
 * A lane of tests: files that run together.
 */
import { globSync } from "node:fs";
import { join, relative } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

/** How many tests ended how. */
export interface Count {
  passed: number;
  failed: number;
  skipped: number;
  /** Of each that failed by itself: where it is and why, in a few lines. Whoever sees only the end of a long run must learn what failed. */
  readonly failures: string[];
}

/** Nothing yet. */
export function noCount(): Count {
  return { passed: 0, failed: 0, skipped: 0, failures: [] };
}

/** Adds what a lane came to. */
export function addCount(total: Count, count: Count): void {
  for (const key of ["passed", "failed", "skipped"] as const) total[key] += count[key];
  total.failures.push(...count.failures);
}

/** Says last what failed. */
export function sayFailures({ failures }: Count): void {
  for (const failure of failures) console.log(`\n── failed: ${failure}`);
}

const mostLines = 12;
const mostColumns = 200;
const root = join(import.meta.dirname, "..");

/** Runs the test files of a lane; concurrency 1 where tests share one Swarm. `timeoutMs` is for one file. */
export async function runLane(
  name: string,
  patterns: readonly string[],
  concurrency: number,
  timeoutMs = 1_800_000,
): Promise<Count> {
  const total = noCount();
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
    const { name, file, details } = event;
    if (details.type !== "suite") total.failed += 1;
    if ("failureType" in details.error && details.error.failureType === "subtestsFailed") return;
    const where = file === undefined ? name : `${relative(root, file)}: ${name}`;
    total.failures.push(`${where}\n${shortened(reasonOf(details.error))}`);
  });
  for await (const line of stream.compose(new spec())) process.stdout.write(line as Buffer);
  console.log(`── ${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
  return total;
}

/** The runner wraps what a test threw. */
function reasonOf({ cause, message }: Error): string {
  return cause instanceof Error ? cause.message : typeof cause === "string" ? cause : message;
}

function shortened(text: string): string {
  return text
    .split("\n")
    .slice(0, mostLines)
    .map((line) => `    ${line.slice(0, mostColumns)}`)
    .join("\n");
}
