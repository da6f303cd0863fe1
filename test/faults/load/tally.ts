/**
 * Counts what becomes of requests.
 */
import { type Blemish, type Count, type Fault, faults, type Kind, kinds, type LoadResult } from "./plan.ts";

const mostBlemishes = 50_000;
const mostLatencyMs = 30_000;

type Counting = { sent: number; succeeded: number; readonly faults: Record<Fault, number> };

/** The running count of one run. */
export class Tally {
  readonly #began = Date.now();
  readonly #kinds: Readonly<Record<Kind, Counting>> = byKind(() => ({
    sent: 0,
    succeeded: 0,
    faults: Object.fromEntries(faults.map((fault) => [fault, 0])) as Record<Fault, number>,
  }));
  readonly #blemishes: Blemish[] = [];
  #blemishCount = 0;
  /** Answers per millisecond of latency. */
  readonly #latency = new Uint32Array(mostLatencyMs);
  sentAgain = 0;

  sent(kind: Kind): void {
    this.#kinds[kind].sent += 1;
  }

  succeeded(kind: Kind, tookMs?: number): void {
    this.#kinds[kind].succeeded += 1;
    if (tookMs === undefined) return;
    const bucket = Math.min(Math.floor(tookMs), mostLatencyMs - 1);
    this.#latency[bucket] = (this.#latency[bucket] ?? 0) + 1;
  }

  wentWrong(blemish: Blemish): void {
    this.#kinds[blemish.kind].faults[blemish.fault] += 1;
    this.#blemishCount += 1;
    if (this.#blemishes.length < mostBlemishes) this.#blemishes.push(blemish);
  }

  /** Everything so far; who records duplicates adds them. */
  result(): LoadResult {
    return {
      began: this.#began,
      ended: Date.now(),
      kinds: byKind((kind): Count => structuredClone(this.#kinds[kind])),
      blemishes: [...this.#blemishes],
      blemishCount: this.#blemishCount,
      duplicates: [],
      sentAgain: this.sentAgain,
      latencyMs: { p50: this.#quantile(0.5), p99: this.#quantile(0.99), max: this.#quantile(1) },
    };
  }

  #quantile(share: number): number {
    const all = this.#latency.reduce((sum, count) => sum + count, 0);
    let left = Math.ceil(all * share);
    for (const [ms, count] of this.#latency.entries()) {
      left -= count;
      if (left <= 0) return ms;
    }
    return 0;
  }
}

function byKind<T>(of: (kind: Kind) => T): Record<Kind, T> {
  return Object.fromEntries(kinds.map((kind) => [kind, of(kind)])) as Record<Kind, T>;
}
