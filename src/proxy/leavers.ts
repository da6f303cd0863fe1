/**
 * Workers that were replaced and live on for what they have begun: WebSockets, long downloads. How long is nginx's to bound
 * (`worker_shutdown_timeout` in render/nginx/main.ts), how many is bounded here.
 */
import type { Member } from "./processes.ts";

/** Generations of them that may live at a time. One takes some ten megabytes per worker and what its connections take. */
export const usualMostLeaving = 8;

/** Those to end before a reload, oldest first, so that with those that serve now no more than `most` generations are leaving. */
export function tooMany(workers: readonly Member[], most: number): readonly Member[] {
  const leaving = workers.filter((worker) => worker.leaving).toSorted((a, b) => a.startedTicks - b.startedTicks);
  const serving = Math.max(1, workers.length - leaving.length);
  return leaving.slice(0, Math.max(0, leaving.length - (most - 1) * serving));
}
