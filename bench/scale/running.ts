/**
 * Core as it runs: at rest, and while services churn.
 */
import type { Docker } from "../../src/swarm/client.ts";
import { Watch } from "../../src/swarm/watch.ts";
import type { Traffic } from "../../test/engine/server.ts";
import { Core } from "./core.ts";
import { extended } from "./extended.ts";
import { cpuMs, memory } from "./measure.ts";
import { connections, takenBy } from "./proxies.ts";
import type { Simulator } from "./simulator.ts";

/** Some seconds of it; rates are per second. */
export interface Running {
  /** Changes a second. */
  readonly churn: number;
  /** Of one core. */
  readonly cpuShare: number;
  readonly calls: number;
  readonly apiBytes: number;
  /** Whole looks. */
  readonly looks: number;
  readonly offers: number;
  /** To each proxy. */
  readonly offerBytes: number;
}

/** How it ran, and what it weighs. */
export interface Ran {
  readonly running: readonly Running[];
  readonly memory: ReturnType<typeof memory>;
  /** The most the process ever had. */
  readonly mostRssBytes: number;
  /** The same after two hundred proxies more have come at one moment, over gRPC, each with nothing. */
  readonly crowdedRssBytes: number;
}

const crowd = 200;

/** Runs for some seconds at each rate of changes; 0 is rest. */
export async function measureRunning(
  simulator: Simulator,
  docker: Docker,
  rates: readonly number[],
  seconds: number,
  proxyCount: number,
): Promise<Ran> {
  const end = new AbortController();
  const core = new Core();
  const watch = new Watch(docker, {
    pollIntervalMs: core.config.pollIntervalMs,
    believes: async (snapshot, look, signal) => await core.judge.believes(snapshot, look, signal),
    onEvent: (event) => core.judge.hear(event),
    onSnapshot: (snapshot) => core.take(snapshot),
    log: core.log,
  });
  const watching = watch.run(end.signal);
  await core.page();
  const working = core.work(end.signal);
  await using _ = await extended(core, []);
  await using proxies = await connections(core, proxyCount);
  await proxies.until(proxyCount);
  const running: Running[] = [];
  let weight = memory();
  for (const churn of rates) {
    await simulator.churn(churn);
    // What was before fades away: hot looks end, the next poll comes.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const before = { traffic: sumOf(await simulator.traffic()), offers: proxies.offers, bytes: proxies.bytes };
    const [start, cpu] = [performance.now(), cpuMs()];
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    const took = (performance.now() - start) / 1000;
    const busy = cpuMs() - cpu;
    const after = sumOf(await simulator.traffic());
    running.push({
      churn,
      cpuShare: busy / 1000 / took,
      calls: (after.calls - before.traffic.calls) / took,
      apiBytes: (after.bytes - before.traffic.bytes) / took,
      looks: (after.looks - before.traffic.looks) / took,
      offers: (proxies.offers - before.offers) / took,
      offerBytes: (proxies.bytes - before.bytes) / took / proxyCount,
    });
    if (churn === 0) weight = memory();
  }
  await simulator.churn(0);
  const mostRssBytes = mostRss();
  await takenBy(core, crowd);
  const crowdedRssBytes = mostRss();
  end.abort();
  await Promise.all([watching, working]);
  return { running, memory: weight, mostRssBytes, crowdedRssBytes };
}

function mostRss(): number {
  return process.resourceUsage().maxRSS * 1024;
}

function sumOf(traffic: Traffic): { readonly calls: number; readonly bytes: number; readonly looks: number } {
  const all = Object.values(traffic);
  return {
    calls: all.reduce((sum, one) => sum + one.calls, 0),
    bytes: all.reduce((sum, one) => sum + one.bytes, 0),
    looks: traffic["GET /nodes"]?.calls ?? 0,
  };
}
