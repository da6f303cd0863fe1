/**
 * Measures core against a simulated engine, and nginx with as many hosts, at several sizes; writes docs/results/<date>-scale.md and its picture.
 *
 * Run: make bench-scale, or node bench/scale.ts [--sizes 100,1000,10000] [--note TEXT] and the options of bench/scale/size.ts
 */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { imageRoot } from "../test/lab/image-root.ts";
import { commandGiven } from "./given.ts";
import { curvesOver } from "./scale/curves.ts";
import type { ProxySize } from "./scale/nginx.ts";
import { panelsOf } from "./scale/panels.ts";
import { nodeOptions } from "./scale/node-options.ts";
import type { Size } from "./scale/size.ts";
import { tables } from "./scale/table.ts";

const root = join(import.meta.dirname, "..");
const run = promisify(execFile);

const { values, tokens } = parseArgs({
  options: {
    sizes: { type: "string", default: "100,1000,10000" },
    note: { type: "string", default: "" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "10" },
    proxies: { type: "string", default: "1,20,200" },
    churn: { type: "string", default: "0,1,10,100" },
    grpc: { type: "boolean", default: false },
  },
  tokens: true,
});

async function measure(services: string): Promise<Size> {
  console.error(`── ${services} services`);
  const { rounds, seconds, proxies, churn, grpc } = values;
  const options = Object.entries({ services, rounds, seconds, proxies, churn }).flatMap(([key, value]) => [
    `--${key}`,
    value,
  ]);
  const args = [
    ...nodeOptions,
    "--expose-gc",
    join(root, "bench/scale/size.ts"),
    ...options,
    ...(grpc ? ["--grpc"] : []),
  ];
  // As images/interlock starts core.
  const env = { ...process.env, MALLOC_ARENA_MAX: "1", MALLOC_MMAP_THRESHOLD_: "65536" };
  const { stdout } = await run(process.execPath, args, { cwd: root, env, maxBuffer: 1 << 26 });
  return JSON.parse(stdout) as Size;
}

/** nginx runs in namespaces, which takes root; without it its table is left out by name. */
async function measureProxies(): Promise<readonly ProxySize[]> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return [];
  console.error("── nginx");
  process.env["INTERLOCK_IMAGE_ROOT"] ??= await imageRoot((line) => console.error(line));
  // Only now: what runs nginx looks for the image's files when it is loaded.
  const { measureNginx } = await import("./scale/nginx.ts");
  return await measureNginx(values.sizes.split(",").map(Number), Number(values.rounds));
}

const nginx = await measureProxies();
const sizes: Size[] = [];
for (const services of values.sizes.split(",")) sizes.push(await measure(services));

const date = new Date().toISOString().slice(0, 10);
const { stdout: commit } = await run("git", ["rev-parse", "--short", "HEAD"], { cwd: root });
const machine = `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? "unknown"}), Node ${process.versions.node}, commit ${commit.trim()}`;
const what = `Core against a simulated engine (\`test/engine\`) in a process of its own, ${machine}. Medians of ${values.rounds}; rates over ${values.seconds} s. For steps and changes the extension is in core's process, its time taken off; simulated proxies ${values.grpc ? "come over gRPC from another process" : "are sessions there, too, their offers written as for the wire"}.`;
const command = commandGiven("bench/scale.ts", tokens);
const note = values.note === "" ? "" : `\n${values.note}\n`;
const picture = curvesOver(
  "Scale",
  sizes.map(({ services }) => services),
  "services",
  panelsOf(sizes, nginx),
);
const document = `# Scale, ${date}\n\n${what}\n${note}\n    ${command}\n\n![Curves over size](${date}-scale.svg)\n\n${tables(sizes, nginx)}\n`;
writeFileSync(join(root, `docs/results/${date}-scale.md`), document);
writeFileSync(join(root, `docs/results/${date}-scale.svg`), picture);
console.log(document);
