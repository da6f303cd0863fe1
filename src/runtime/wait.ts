/**
 * Time and waiting, passed in so that tests need no clock.
 */
import { setTimeout as delay } from "node:timers/promises";

/** Now, in milliseconds, never going back: `performance.now()` in production. */
export type Clock = () => number;

/** Waits; ends early, without an error, when the signal fires. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    // An abort is not an error: the caller's loop sees the signal.
  }
}

/** A delay that doubles per failure from `firstMs` to `mostMs`; anything between half and all of it, so that many clients do not come back at once. */
export function backoffMs(
  failures: number,
  firstMs: number,
  mostMs: number,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(mostMs, firstMs * 2 ** Math.min(failures, 30));
  return ceiling / 2 + (ceiling / 2) * random();
}
