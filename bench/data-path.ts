/**
 * Measures Interlock's data path beside others', and writes docs/results/<date>-data-path.md with pictures beside it.
 *
 * Run: make bench, or node bench/data-path.ts [--quick] [--rounds 5] [--seconds 2] [--only small,h2] [--peers nginx,haproxy] [--print]
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { installMissing } from "../test/lab/packages.ts";
import { findCommand } from "../test/lab/facts.ts";
import { imageRoot } from "../test/lab/image-root.ts";
import { cases } from "./data-path/cases.ts";
import { otherCores, pin } from "./data-path/processes.ts";
import { commandGiven } from "./given.ts";

const { values, tokens } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    seconds: { type: "string" },
    only: { type: "string" },
    peers: { type: "string" },
    print: { type: "boolean", default: false },
  },
  tokens: true,
});
const start = performance.now();
const say = (line: string): void =>
  console.error(`${((performance.now() - start) / 1000).toFixed(0).padStart(4)} s  ${line}`);

if (process.platform !== "linux" || process.getuid?.() !== 0 || availableParallelism() < 2)
  throw new Error("make bench needs Linux, root (nginx runs in namespaces) and two cores");
await installMissing(() => (findCommand("h2load") === undefined ? ["nghttp2-client"] : []), say);
process.env["INTERLOCK_IMAGE_ROOT"] ??= await imageRoot(say);

// Only now: what runs nginx looks for the image's files when it is loaded.
const [{ measure }, { report }, { peersNamed }] = await Promise.all([
  import("./data-path/measure.ts"),
  import("./data-path/report.ts"),
  import("./data-path/peers.ts"),
]);
const wanted = values.only?.split(",");
const chosen = cases.filter(({ name, quick }) => wanted?.includes(name) ?? (!values.quick || quick));
const unknown = (wanted ?? []).filter((name) => !cases.some((one) => one.name === name));
if (unknown.length > 0)
  throw new Error(`no such case: ${unknown.join(", ")}; there are ${cases.map(({ name }) => name).join(", ")}`);
const { peers, skipped } = await peersNamed(values.peers?.split(","), say);
const plan = {
  peers,
  cases: chosen,
  rounds: Number(values.rounds ?? (values.quick ? 2 : 5)),
  seconds: Number(values.seconds ?? (values.quick ? 1 : 2)),
};
const command = commandGiven("bench/data-path.ts", tokens);
pin(process.pid, otherCores);
const measured = await measure(plan, say);
// A part of it, or a short look, is no result.
const write = !values.print && !values.quick && values.only === undefined && values.peers === undefined;
console.log(await report({ plan, measured, skipped, command, write }));
process.exit(0);
