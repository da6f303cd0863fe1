/**
 * What the data path has to reach, and whether it does.
 */
import type { Sample } from "./load.ts";
import type { Measured, Plan } from "./measure.ts";
import { ratios, type Spread } from "./statistics.ts";

/** A goal and what was measured for it. */
export interface Judged {
  readonly goal: string;
  /** In the case that is the furthest from it; round by round ours against theirs. */
  readonly worst: Spread;
  /** The title of that case. */
  readonly where: string;
  readonly met: boolean;
}

/** A quantity that two proxies are compared in. */
type Quantity = (sample: Sample) => number;

interface Goal {
  readonly words: string;
  readonly peer: string;
  readonly kind: "requests" | "handshakes" | "latency";
  readonly quantity: Quantity;
  /** At least this, or (where smaller is better) at most. */
  readonly limit: number;
  readonly smaller?: true;
}

/** Where both used all of their core it is the same as requests per second; where something else was the limit it is the fairer one. */
export const perCpuSecond: Quantity = ({ cpuUs }) => 1e6 / cpuUs;

const p99: Quantity = ({ latency }) => latency?.p99 ?? Number.NaN;

const throughput = { kind: "requests", quantity: perCpuSecond } as const;

const goals: readonly Goal[] = [
  { ...throughput, words: "throughput, nginx by hand: at least 0.95", peer: "nginx", limit: 0.95 },
  { ...throughput, words: "throughput, HAProxy: at least 0.95", peer: "haproxy", limit: 0.95 },
  { ...throughput, words: "throughput, Caddy: at least 2.5", peer: "caddy", limit: 2.5 },
  { ...throughput, words: "throughput, Traefik: at least 2.5", peer: "traefik", limit: 2.5 },
  {
    words: "p99 at half load, nginx by hand: at most 1.1",
    peer: "nginx",
    kind: "latency",
    quantity: p99,
    limit: 1.1,
    smaller: true,
  },
  {
    words: "TLS handshakes, nginx by hand: at least 0.9",
    peer: "nginx",
    kind: "handshakes",
    quantity: perCpuSecond,
    limit: 0.9,
  },
];

/** All goals for which there are samples. */
export function judge({ cases, peers }: Plan, { samples }: Measured): readonly Judged[] {
  const [ours] = peers;
  return goals.flatMap(({ words, peer, kind, quantity, limit, smaller }) => {
    const found = cases
      .filter((one) => one.kind === kind)
      .flatMap(({ name, title }) => {
        const [mine, theirs] = [samples.get(name)?.get(ours?.name ?? ""), samples.get(name)?.get(peer)];
        if (mine === undefined || theirs === undefined) return [];
        return [{ where: title, worst: ratios(mine.map(quantity), theirs.map(quantity)) }];
      })
      .toSorted((a, b) => (a.worst.median - b.worst.median) * (smaller ? -1 : 1));
    const [furthest] = found;
    if (furthest === undefined) return [];
    const { median } = furthest.worst;
    return [{ goal: words, ...furthest, met: smaller ? median <= limit : median >= limit }];
  });
}
