/**
 * The results in Markdown, and the pictures beside them.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { version } from "../../src/model/version.ts";
import { table, today, writeReport } from "../../scripts/report.ts";
import { short } from "../scale/table.ts";
import { bars } from "./chart.ts";
import { judge, perCpuSecond } from "./goals.ts";
import type { Sample } from "./load.ts";
import type { Measured, Plan } from "./measure.ts";
import { otherCores, proxyCore } from "./processes.ts";
import { ratios, type Spread, spread } from "./statistics.ts";

const root = join(import.meta.dirname, "../..");

/** What a report is made of. */
export interface Reported {
  readonly plan: Plan;
  readonly measured: Measured;
  /** Who is not in it, each a sentence. */
  readonly skipped: readonly string[];
  /** How to measure it again. */
  readonly command: string;
  /** Whether to put it into docs/results, or only to return it. */
  readonly write: boolean;
}

/** The report; when it is written, with its pictures. */
export async function report({ plan, measured, skipped, command, write }: Reported): Promise<string> {
  const pictures = write ? draw(plan, measured) : [];
  const text = [
    `# Data path, ${today()}`,
    await setting(plan, skipped, command),
    "## Goals\n\nInterlock's figure divided by the other's, in the case that is the furthest from the goal. Throughput is requests per second of CPU time: where both used all of their core that is requests per second, where they did not it is the fairer one.",
    goalTable(plan, measured),
    "## CPU per request\n\nMicroseconds of all the proxy's processes; median (least to most) of the rounds.",
    quantityTable(plan, measured, ({ cpuUs }) => cpuUs),
    "## Requests per second\n\nMedian (least to most); how busy the proxy's core was. Less than about 95 % means that the client or the application was the limit, and says nothing about the proxy: compare CPU per request.",
    rateTable(plan, measured),
    "## Interlock against the others\n\nRequests per second of CPU time, Interlock's divided by the other's in the same round; median (least to most). More than 1 is better than the other.",
    ratioTable(plan, measured),
    "## Latency at half saturation\n\nMilliseconds from when a request was due to the end of its answer. Requests are due at random times (a Poisson process, the same for all) that do not depend on answers, so a pause counts for every request that falls into it; each proxy has half of what it could do just before. The last column is how late the client itself sent 99 of 100 requests at most: smaller differences than that mean nothing.",
    latencyTable(plan, measured),
    "## Memory\n\nMegabytes of all the proxy's processes; pages they share are counted once. Interlock's agent is not in it: it is another 116 MB at rest (`docs/results/2026-11-23-lab.md`).",
    memoryTable(plan, measured),
    ...failures(plan, measured),
    ...pictures.map(({ title, file }) => `![${title}](${file})`),
  ].join("\n\n");
  if (write) writeReport("data-path", `${text}\n`);
  return text;
}

async function setting(plan: Plan, skipped: readonly string[], command: string): Promise<string> {
  const commit = execFileSync("git", ["describe", "--always", "--dirty"], { cwd: root, encoding: "utf8" }).trim();
  const versions = await Promise.all(plan.peers.map(async (peer) => [peer.title, await peer.version()]));
  const load = execFileSync("h2load", ["--version"], { encoding: "utf8" }).trim();
  const memory = (totalmem() / 1e9).toFixed(0);
  return [
    `Interlock ${version} (${commit}), ${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${memory} GB, Linux ${release()}, Node ${process.versions.node}.`,
    `    ${command}`,
    `Each proxy alone on core ${proxyCore} with one worker or thread; the application (nginx that answers from memory) and the client (${load}; for latency one of ours) on ${otherCores.includes("-") && otherCores !== "1-1" ? `cores ${otherCores}` : "core 1"}. ${plan.rounds} rounds; in each, every case goes to one proxy after the other, ${plan.seconds} s each, after a short warm-up. Everything is on loopback, access logs are written to memory for every request. 100 routes unless said otherwise, each with an upstream of its own; all ask the host in the middle. Every proxy runs with the settings in \`bench/data-path\`.`,
    table(["Proxy", "Version"], versions),
    ...(skipped.length === 0 ? [] : [skipped.map((one) => `${one.split("\n")[0]}.`).join("\n")]),
  ].join("\n\n");
}

function goalTable(plan: Plan, measured: Measured): string {
  const rows = judge(plan, measured).map(({ goal, worst, where, met }) => [
    goal,
    fixed(worst),
    where,
    met ? "yes" : "no",
  ]);
  return table(["Goal", "Furthest from it", "Case", "Reached"], rows);
}

/** Rows are cases, columns proxies. */
function matrix(plan: Plan, measured: Measured, cell: (samples: readonly Sample[]) => string): string {
  const rows = plan.cases.map(({ name, title }) => [
    title,
    ...plan.peers.map((peer) => cell(measured.samples.get(name)?.get(peer.name) ?? [])),
  ]);
  return table(["", ...plan.peers.map(({ title }) => title)], rows);
}

function quantityTable(plan: Plan, measured: Measured, of: (sample: Sample) => number): string {
  return matrix(plan, measured, (samples) => words(spread(samples.map(of))));
}

function rateTable(plan: Plan, measured: Measured): string {
  return matrix(plan, measured, (samples) => {
    const busy = spread(samples.map((one) => one.busy)).median;
    return `${words(spread(samples.map(({ rate }) => rate)))}, ${(busy * 100).toFixed(0)} %`;
  });
}

function ratioTable(plan: Plan, measured: Measured): string {
  const [ours, ...others] = plan.peers;
  const rows = plan.cases.map(({ name, title }) => {
    const of = (peer: string): readonly number[] => (measured.samples.get(name)?.get(peer) ?? []).map(perCpuSecond);
    return [title, ...others.map((other) => fixed(ratios(of(ours?.name ?? ""), of(other.name))))];
  });
  return table(["", ...others.map(({ title }) => title)], rows);
}

function latencyTable(plan: Plan, measured: Measured): string {
  const rows = latencyCases(plan).flatMap(({ name }) =>
    plan.peers.map((peer) => {
      const samples = measured.samples.get(name)?.get(peer.name) ?? [];
      const ms = (of: "p50" | "p99" | "p999" | "late99"): string =>
        words(spread(samples.map(({ latency }) => (latency?.[of] ?? Number.NaN) / 1000)));
      const rate = words(spread(samples.map((one) => one.rate)));
      return [peer.title, rate, ms("p50"), ms("p99"), ms("p999"), ms("late99")];
    }),
  );
  return table(["", "Requests per second", "p50", "p99", "p99.9", "client late, p99"], rows);
}

function memoryTable(plan: Plan, measured: Measured): string {
  const rows = [...new Set(plan.cases.map(({ routes }) => routes))]
    .toSorted((a, b) => a - b)
    .map((routes) => [
      `${routes.toLocaleString("en")} ${routes === 1 ? "route" : "routes"}`,
      ...plan.peers.map((peer) => {
        const start = measured.startMemory.find((one) => one.peer === peer.name && one.routes === routes);
        const loaded = plan.cases
          .filter((one) => one.routes === routes)
          .flatMap(({ name }) => measured.samples.get(name)?.get(peer.name) ?? [])
          .map(({ memoryBytes }) => memoryBytes);
        return `${mega(start?.bytes ?? Number.NaN)}; ${mega(spread(loaded).most)}`;
      }),
    ]);
  return `At the start; the most after a load.\n\n${table(["", ...plan.peers.map(({ title }) => title)], rows)}`;
}

function failures(plan: Plan, measured: Measured): readonly string[] {
  const lines = plan.cases.flatMap(({ name, title }) =>
    plan.peers.flatMap((peer) => {
      const samples = measured.samples.get(name)?.get(peer.name) ?? [];
      const failed = samples.reduce((sum, one) => sum + one.failed, 0);
      return failed === 0 ? [] : [`* ${peer.title}, ${title}: ${failed} in ${samples.length} rounds`];
    }),
  );
  const none = "None: every request was answered with 200.";
  const missing = measured.missing.map((line) => `* ${line}`);
  return [
    "## Requests that failed",
    lines.length === 0 ? none : lines.join("\n"),
    ...(missing.length === 0 ? [] : ["Samples that could not be taken, and count for nothing:", missing.join("\n")]),
  ];
}

interface Picture {
  readonly title: string;
  readonly file: string;
}

function draw(plan: Plan, measured: Measured): readonly Picture[] {
  const names = plan.peers.map(({ title }) => title);
  const group = (name: string, of: (sample: Sample) => number): readonly number[] =>
    plan.peers.map((peer) => spread((measured.samples.get(name)?.get(peer.name) ?? []).map(of)).median);
  const loads = plan.cases.filter(({ kind }) => kind !== "latency");
  const perSecond = loads.map(({ name, title }) => ({ title, values: group(name, perCpuSecond) }));
  const times = latencyCases(plan).flatMap(({ name }) =>
    (["p50", "p99", "p999"] as const).map((of) => ({
      title: of === "p999" ? "p99.9" : of,
      values: group(name, ({ latency }) => (latency?.[of] ?? Number.NaN) / 1000),
    })),
  );
  const cpu = loads.map(({ name, title }) => ({ title, values: group(name, ({ cpuUs }) => cpuUs) }));
  return [
    picture("throughput", "Requests per second of CPU time; more is better", perSecond, names),
    picture("cpu", "CPU per request in microseconds; less is better", cpu, names),
    picture("latency", "Latency at half saturation in milliseconds; less is better", times, names),
  ];
}

function picture(
  word: string,
  title: string,
  groups: readonly { readonly title: string; readonly values: readonly number[] }[],
  names: readonly string[],
): Picture {
  const file = `${today()}-data-path-${word}.svg`;
  writeFileSync(join(root, "docs/results", file), bars(title, names, groups));
  return { title, file };
}

function latencyCases(plan: Plan): Plan["cases"] {
  return plan.cases.filter(({ kind }) => kind === "latency");
}

function words({ median, least, most }: Spread): string {
  return Number.isNaN(median) ? "–" : `${short(median)} (${short(least)} to ${short(most)})`;
}

function fixed({ median, least, most }: Spread): string {
  if (Number.isNaN(median)) return "–";
  return `${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`;
}

function mega(bytes: number): string {
  return Number.isNaN(bytes) ? "–" : (bytes / 1e6).toFixed(0);
}
