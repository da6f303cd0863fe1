/**
 * The whole measurement: every proxy at every size is started once; then round after round each case goes to one proxy after the other.
 */
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { selfSigned } from "../../test/behaviour/authority.ts";
import { freePort } from "../../test/behaviour/nginx.ts";
import { memoryOf } from "../../test/behaviour/processes.ts";
import type { Case, RouteCount } from "./cases.ts";
import { startApplication } from "./image-nginx.ts";
import { noSample, type Sample, sample } from "./load.ts";
import type { Peer, Proxy } from "./site.ts";

/** What is to be measured. */
export interface Plan {
  /** In the order of the report; the first is the one that is compared with the others. */
  readonly peers: readonly Peer[];
  readonly cases: readonly Case[];
  readonly rounds: number;
  /** How long each load is. */
  readonly seconds: number;
}

/** Memory of a proxy that has been asked nothing yet, in bytes. */
export interface StartMemory {
  readonly peer: string;
  readonly routes: RouteCount;
  readonly bytes: number;
}

/** All samples: by the name of the case, by the name of the peer, round by round. */
export type Samples = ReadonlyMap<string, ReadonlyMap<string, readonly Sample[]>>;

/** What came out. */
export interface Measured {
  readonly samples: Samples;
  readonly startMemory: readonly StartMemory[];
  /** Samples that could not be taken, and why, each a line. */
  readonly missing: readonly string[];
}

/** Measures. Fails with the first proxy that does not start; everything it started is ended in any case. */
export async function measure(plan: Plan, say: (line: string) => void): Promise<Measured> {
  await using running = new AsyncDisposableStack();
  const folder = workFolder();
  const before = process.env["TMPDIR"] ?? tmpdir();
  // The folders of nginx's helpers go there, too.
  process.env["TMPDIR"] = folder;
  running.defer(() => {
    process.env["TMPDIR"] = before;
    rmSync(folder, { recursive: true, force: true });
  });
  const application = running.use(await startApplication());
  const counts = [...new Set(plan.cases.map(({ routes }) => routes))];
  const proxies = new Map<string, Proxy>();
  const startMemory: StartMemory[] = [];
  const missing: string[] = [];
  for (const peer of plan.peers) {
    for (const routes of counts) {
      const start = performance.now();
      const tls = plan.cases.some((one) => one.routes === routes && needsTls(one));
      const proxy = running.use(await startProxy(peer, routes, tls, folder, application.port));
      proxies.set(`${peer.name} ${routes}`, proxy);
      startMemory.push({ peer: peer.name, routes, bytes: memoryOf(proxy.pid) });
      say(`${peer.title}, ${routes} routes: up after ${((performance.now() - start) / 1000).toFixed(1)} s`);
    }
  }
  const samples = new Map(plan.cases.map((one) => [one.name, new Map<string, Sample[]>()]));
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const one of plan.cases) {
      // Each round begins with another, so that none is always the one after the same.
      for (const [index] of plan.peers.entries()) {
        const peer = plan.peers[(index + round) % plan.peers.length];
        const proxy = proxies.get(`${peer?.name} ${one.routes}`);
        if (peer === undefined || proxy === undefined) continue;
        const taken = await sample(one, proxy, plan.seconds).catch((error: unknown) => {
          // A long run is not lost for one of them.
          missing.push(`${peer.title}, ${one.title}, round ${round + 1}: ${String(error).split("\n")[0]}`);
          return noSample;
        });
        const list = samples.get(one.name);
        list?.set(peer.name, [...(list.get(peer.name) ?? []), taken]);
        say(`round ${round + 1}, ${one.name}, ${peer.title}: ${words(taken)}`);
      }
    }
  }
  return { samples, startMemory, missing };
}

function needsTls(one: Case): boolean {
  return one.kind === "handshakes" || (one.kind === "requests" && one.h2 === true);
}

async function startProxy(
  peer: Peer,
  routes: RouteCount,
  tls: boolean,
  parent: string,
  backendPort: number,
): Promise<Proxy> {
  const folder = join(parent, `${peer.name}-${routes}`);
  mkdirSync(folder);
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  const hosts = Array.from({ length: routes }, (_, index) => `app-${index}.bench.example`);
  const pair = selfSigned("*.bench.example");
  return peer.start({ hosts, backendPort, httpPort, ...(tls ? { httpsPort } : {}), pair, folder });
}

/** In memory where there is room, so that access logs do not measure the disk. */
function workFolder(): string {
  const memory = "/dev/shm";
  const { bavail, bsize } = statfsSync(memory);
  return mkdtempSync(join(bavail * bsize > 1e9 ? memory : tmpdir(), "interlock-bench-"));
}

function words(taken: Sample): string {
  return taken === noSample ? "could not be taken" : numbers(taken);
}

function numbers({ rate, cpuUs, busy, failed, latency }: Sample): string {
  const late = latency === undefined ? "" : `, p99 ${(latency.p99 / 1000).toFixed(2)} ms`;
  const wrong = failed === 0 ? "" : `, ${failed} FAILED`;
  return `${rate.toFixed(0)}/s, ${cpuUs.toFixed(1)} µs CPU each, core ${(busy * 100).toFixed(0)} % busy${late}${wrong}`;
}
