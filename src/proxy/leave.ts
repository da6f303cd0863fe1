/**
 * A proxy's way out: load balancers are told first, and get the time to hear it while everything is served as before.
 */
import { sentenceOf } from "../model/errors.ts";
import type { Bell } from "../runtime/bell.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Agent } from "./agent.ts";
import type { Control } from "./control.ts";
import { idleGone, mostForIdleMs } from "./idle.ts";
import type { Nginx } from "./nginx.ts";

/** How much later than asked for draining may begin without being the shorter for it. */
const mostLateMs = 1_000;

/** What leaves. */
export interface LeavingParts {
  readonly agent: Pick<Agent, "ready">;
  readonly nginx: Pick<Nginx, "running">;
  readonly control: Pick<Control, "leave" | "identity">;
  /** Rung when nginx ends. */
  readonly bell: Bell;
  readonly log: Logger;
}

/**
 * Says on the health address that this proxy drains, closes connections with their next response, and waits for `drainMs`; somewhat longer
 * while connections are idle. Not for a proxy that serves nothing; shorter when nginx ends or the signal fires.
 */
export async function leave(parts: LeavingParts, drainMs: number, signal: AbortSignal): Promise<void> {
  const { agent, nginx, control, bell, log } = parts;
  if (!agent.ready) return;
  log.info({ drainMs }, "Draining");
  using changes = bell.listen();
  const began = performance.now();
  await control.leave().catch((error: unknown) => log.warn({ reason: sentenceOf(error) }, "Leaving without draining"));
  // Only now do responses close their connections, on a busy machine some tenths of a second later. The engine's patience has its end, too.
  const deadline = Math.min(performance.now(), began + mostLateMs) + drainMs;
  while (nginx.running && !signal.aborted && performance.now() < deadline)
    await changes.wait(Math.max(1, deadline - performance.now()), signal);
  await idleGone(control, Math.min(drainMs / 2, mostForIdleMs), signal);
}
