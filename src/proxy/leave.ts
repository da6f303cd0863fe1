/**
 * A proxy's way out: load balancers are told first, and get the time to hear it while everything is served as before.
 */
import { sentenceOf } from "../model/errors.ts";
import type { Bell } from "../runtime/bell.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Agent } from "./agent.ts";
import type { Control } from "./control.ts";
import type { Nginx } from "./nginx.ts";

/** How much later than asked for draining may begin without being the shorter for it. */
const mostLateMs = 1_000;

/**
 * How much longer than the drain time, and at most half of it, while clients keep connections open and send nothing: nginx closes those when
 * it ends, and one that sends a request in that moment meets a reset.
 */
const mostForIdleMs = 1_000;

/** How often is asked whether there are still such. */
const lookMs = 100;

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
  const until = async (endMs: number): Promise<void> => {
    while (nginx.running && !signal.aborted && performance.now() < endMs)
      await changes.wait(Math.max(1, endMs - performance.now()), signal);
  };
  await until(deadline);
  const last = deadline + Math.min(drainMs / 2, mostForIdleMs);
  while (nginx.running && !signal.aborted && performance.now() < last && (await anyIdle(control)))
    await until(Math.min(last, performance.now() + lookMs));
}

async function anyIdle(control: LeavingParts["control"]): Promise<boolean> {
  const { waiting } = await control.identity().catch(() => ({ waiting: 0 }));
  return waiting > 0;
}
