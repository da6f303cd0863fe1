/**
 * CPU time, allocated bytes, medians.
 */
import type { HeapProfiler } from "node:inspector";
import { Session } from "node:inspector/promises";

/** What a piece of work took. */
export interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Time of the process that is not to be counted, because another process has it in life. */
export class Elsewhere {
  #cpuMs = 0;

  get cpuMs(): number {
    return this.#cpuMs;
  }

  /** Does work whose time does not count. */
  do<T>(work: () => T): T {
    const before = cpuMs();
    try {
      return work();
    } finally {
      this.#cpuMs += cpuMs() - before;
    }
  }
}

/** CPU time of this process so far, helper threads (garbage collection) included. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Does work and says what it took. */
export async function costOf(work: () => unknown, elsewhere?: Elsewhere): Promise<Cost> {
  const [wall, cpu, away] = [performance.now(), cpuMs(), elsewhere?.cpuMs ?? 0];
  await work();
  return { wallMs: performance.now() - wall, cpuMs: cpuMs() - cpu - ((elsewhere?.cpuMs ?? 0) - away) };
}

/** The medians of several times. */
export async function medianCost(
  rounds: number,
  work: (round: number) => unknown,
  elsewhere?: Elsewhere,
): Promise<Cost> {
  const costs: Cost[] = [];
  for (let round = 0; round < rounds; round += 1) costs.push(await costOf(() => work(round), elsewhere));
  return { wallMs: median(costs.map((cost) => cost.wallMs)), cpuMs: median(costs.map((cost) => cost.cpuMs)) };
}

/** The middle one. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** How many bytes of the heap work takes, but for what is done {@link Elsewhere}, whatever becomes of them; sampled, so good to a few percent above a megabyte. */
export async function allocatedBytes(work: () => unknown): Promise<number> {
  const session = new Session();
  session.connect();
  const kinds = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true };
  await session.post("HeapProfiler.startSampling", { samplingInterval: 8_192, ...kinds });
  await work();
  const { profile } = await session.post("HeapProfiler.stopSampling");
  session.disconnect();
  return sizeOf(profile.head);
}

function sizeOf({ callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode): number {
  if (callFrame.url === import.meta.url && callFrame.functionName === Elsewhere.prototype.do.name) return 0;
  return children.reduce((sum, child) => sum + sizeOf(child), selfSize);
}

/** Memory of this process after everything that can go has gone. Needs `--expose-gc`. */
export function memory(): { readonly heapBytes: number; readonly externalBytes: number; readonly rssBytes: number } {
  global.gc?.();
  global.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapBytes: heapUsed, externalBytes: external, rssBytes: rss };
}
