/**
 * One sample: load on a proxy, and what it took. Closed loops are h2load's (nghttp2), the open loop is ours (open-loop.ts).
 */
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { memoryOf } from "../../test/behaviour/processes.ts";
import { type Case, type HandshakeCase, type RequestCase, streamsPerConnection, uploadBytes } from "./cases.ts";
import type { OpenLoopResult, OpenLoopTask } from "./open-loop.ts";
import { cpuSeconds, runPinned } from "./processes.ts";
import { askedHost, type Proxy } from "./site.ts";
import type { WebSocketResult, WebSocketTask } from "./websockets.ts";

/** What one proxy did under one load. */
export interface Sample {
  /** Requests, handshakes, or messages that were answered, a second. */
  readonly rate: number;
  /** CPU time of all the proxy's processes for one of them, in microseconds. */
  readonly cpuUs: number;
  /** The part of its core that the proxy used; less than about 0.95 means that something else was the limit. */
  readonly busy: number;
  /** Those that failed or were answered with anything but 200. */
  readonly failed: number;
  /** Of all the proxy's processes, right after the load. */
  readonly memoryBytes: number;
  readonly latency?: OpenLoopResult;
}

/** What came of a load. */
interface Ran {
  readonly done: number;
  readonly failed: number;
  readonly seconds: number;
  /** CPU seconds of the proxy meanwhile. */
  readonly cpu: number;
}

/** In place of one that could not be taken: it counts for nothing, and keeps the rounds side by side. */
export const noSample: Sample = {
  rate: Number.NaN,
  cpuUs: Number.NaN,
  busy: Number.NaN,
  failed: 0,
  memoryBytes: Number.NaN,
};

/** Puts the load of a case on a proxy for about `seconds`. Fails when the load cannot be made in three tries. */
export async function sample(one: Case, proxy: Proxy, seconds: number): Promise<Sample> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await taken(one, proxy, seconds);
    } catch (error) {
      // On a machine that is busy with something else, connections may not be there in time (see closedLoop).
      if (tries === 3) throw error;
      console.error(`once more: ${String(error).split("\n")[0]}`);
    }
  }
}

async function taken(one: Case, proxy: Proxy, seconds: number): Promise<Sample> {
  truncateSync(proxy.log, 0);
  switch (one.kind) {
    case "requests":
      return sampleOf(proxy, await closedLoop(one, one.connections, proxy, seconds));
    case "handshakes":
      await burst(one, proxy);
      return sampleOf(proxy, await handshakes(one, proxy, seconds));
    case "websockets":
      return sampleOf(proxy, await webSockets(one.connections, proxy, seconds));
    case "latency":
      return latency(one, proxy, seconds);
  }
}

function sampleOf(proxy: Proxy, { done, failed, seconds, cpu }: Ran): Sample {
  if (done === 0) throw new Error("not one request was answered");
  return { rate: done / seconds, cpuUs: (cpu / done) * 1e6, busy: cpu / seconds, failed, ...weight(proxy) };
}

function weight(proxy: Proxy): { readonly memoryBytes: number } {
  return { memoryBytes: memoryOf(proxy.pid) };
}

/**
 * Why the warm-up is h2load's own: a run that ends while connections are still being made does not end at all. CPU time is taken when
 * it says that it begins and ends to count.
 */
async function closedLoop(
  { path, h2 }: Pick<RequestCase, "path" | "h2">,
  connections: number,
  proxy: Proxy,
  seconds: number,
): Promise<Ran> {
  const upload = join(proxy.site.folder, "upload");
  if (path === "/upload") writeFileSync(upload, "x".repeat(uploadBytes));
  const warmUp = Math.max(0.5, seconds / 4);
  const options = [
    "-c",
    String(connections),
    "-D",
    `${Math.round(seconds * 1000)}ms`,
    `--warm-up-time=${Math.round(warmUp * 1000)}ms`,
    ...(h2 === true ? ["-m", String(streamsPerConnection)] : ["--h1"]),
    ...(path === "/upload" ? ["-d", upload] : []),
  ];
  const cpu = { start: -1, end: -1 };
  const hear = (said: string): void => {
    if (cpu.start < 0 && said.includes("Main benchmark duration is started")) cpu.start = cpuSeconds(proxy.pid);
    if (cpu.end < 0 && said.includes("Main benchmark duration is over")) cpu.end = cpuSeconds(proxy.pid);
  };
  const words = await h2load(proxy, path, h2 === true ? "https" : "http", options, warmUp + seconds, hear);
  if (cpu.start < 0 || cpu.end < 0) throw new Error(`h2load did not say when it counted: ${words}`);
  return { ...read(words), seconds, cpu: cpu.end - cpu.start };
}

/** Bursts of new connections until the time is over, with the time that each took by itself. */
async function handshakes(one: HandshakeCase & Case, proxy: Proxy, seconds: number): Promise<Ran> {
  let sum = { done: 0, failed: 0, seconds: 0 };
  const before = cpuSeconds(proxy.pid);
  for (let bursts = 0; sum.seconds < seconds && bursts < 10_000; bursts++) {
    const ran = await burst(one, proxy);
    sum = { done: sum.done + ran.done, failed: sum.failed + ran.failed, seconds: sum.seconds + ran.seconds };
  }
  return { ...sum, cpu: cpuSeconds(proxy.pid) - before };
}

/** Why bursts: h2load never resumes a session, but opens all its connections at once, and a listener takes some hundred. */
async function burst({ connections }: HandshakeCase & Case, proxy: Proxy): Promise<Omit<Ran, "cpu">> {
  const count = String(connections);
  const words = await h2load(proxy, "/small", "https", ["--h1", "-c", count, "-n", count], 1);
  if (!words.includes("TLS Protocol: TLSv1.3")) throw new Error(`not TLS 1.3: ${words}`);
  return read(words);
}

/** Runs h2load for about `seconds`; its words. */
async function h2load(
  { site }: Proxy,
  path: string,
  scheme: "http" | "https",
  options: readonly string[],
  seconds: number,
  hear: (said: string) => void = () => {},
): Promise<string> {
  const port = scheme === "https" ? site.httpsPort : site.httpPort;
  if (port === undefined) throw new Error("this proxy has no TLS");
  // The same cipher for all: proxies prefer different ones, and that is a setting.
  const tls = scheme === "https" ? ["--tls13-ciphers=TLS_AES_128_GCM_SHA256"] : [];
  const where = [`--connect-to=127.0.0.1:${port}`, `${scheme}://${askedHost(site)}:${port}${path}`];
  return runPinned(["h2load", ...tls, ...options, ...where], (seconds + 20) * 1000, hear);
}

/**
 * Source: the summary of h2load 1.52. What it calls succeeded is 2xx and 3xx, and what it calls errored has failed, too.
 *
 * Why not its count of 2xx: that is of headers, and misses answers that began in the warm-up. Those it was waiting for at the end are not
 * failures.
 */
function read(words: string): Omit<Ran, "cpu"> {
  const finished = /^finished in ([\d.]+)(us|ms|s),/m.exec(words);
  const [, good = "", failed = ""] = /\d+ done, (\d+) succeeded, (\d+) failed,/.exec(words) ?? [];
  const [, moved = ""] = /^status codes: \d+ 2xx, (\d+) 3xx/m.exec(words) ?? [];
  if (finished === null || good === "" || moved === "") throw new Error(`h2load said what nobody expects: ${words}`);
  const unit = { us: 1e-6, ms: 1e-3, s: 1 }[finished[2] ?? "s"] ?? 1;
  return { done: Number(good), failed: Number(failed) + Number(moved), seconds: Number(finished[1]) * unit };
}

/** A message and its answer count as one. */
async function webSockets(connections: number, proxy: Proxy, seconds: number): Promise<Ran> {
  const { httpPort: port } = proxy.site;
  const task: WebSocketTask = { port, host: `${askedHost(proxy.site)}:${port}`, connections, seconds };
  const before = cpuSeconds(proxy.pid);
  const program = join(import.meta.dirname, "websockets.ts");
  const words = await runPinned([process.execPath, program, JSON.stringify(task)], (seconds + 20) * 1000);
  const { answered, ...rest } = JSON.parse(words) as WebSocketResult;
  return { ...rest, done: answered, cpu: cpuSeconds(proxy.pid) - before };
}

/** Finds what the proxy can do at this moment, then asks for half of it. */
async function latency(one: Case, proxy: Proxy, seconds: number): Promise<Sample> {
  const { done } = await closedLoop({ path: "/small" }, 64, proxy, seconds / 2);
  const rate = done / (seconds / 2) / 2;
  const { httpPort } = proxy.site;
  const task: OpenLoopTask = {
    port: httpPort,
    host: `${askedHost(proxy.site)}:${httpPort}`,
    rate,
    seconds: seconds * 2,
    connections: one.connections,
  };
  const before = cpuSeconds(proxy.pid);
  const program = join(import.meta.dirname, "open-loop.ts");
  const result = JSON.parse(
    await runPinned([process.execPath, program, JSON.stringify(task)], 60_000 + task.seconds * 2_000),
  ) as OpenLoopResult;
  const cpu = cpuSeconds(proxy.pid) - before;
  return {
    rate: result.answered / result.seconds,
    cpuUs: (cpu / result.answered) * 1e6,
    busy: cpu / result.seconds,
    failed: result.failed,
    latency: result,
    ...weight(proxy),
  };
}
