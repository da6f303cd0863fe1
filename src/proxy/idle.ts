/**
 * Connections that clients keep without a request. nginx closes those when it ends, and its old workers at a reload; a client that sends a
 * request in that moment meets a reset.
 */
import { sleep } from "../runtime/wait.ts";
import type { Control } from "./control.ts";

/** How long they are waited for at most: some stay for as long as a browser is open. */
export const mostForIdleMs = 1_000;

/** How often is asked whether there are still such. */
const lookMs = 100;

/**
 * Waits until there are none, or for `mostMs`; less when nginx does not answer or the signal fires. Call it while every response closes its
 * connection.
 */
export async function idleGone(control: Pick<Control, "identity">, mostMs: number, signal: AbortSignal): Promise<void> {
  const end = performance.now() + mostMs;
  for (;;) {
    const leftMs = end - performance.now();
    if (signal.aborted || leftMs <= 0) return;
    const { waiting } = await control.identity().catch(() => ({ waiting: 0 }));
    if (waiting === 0) return;
    await sleep(Math.min(leftMs, lookMs), signal);
  }
}
