/**
 * A proxy's way out: load balancers are told first, and get the time to hear it while everything is served as before.
 */
import { sentenceOf } from "../model/errors.ts";
import type { Bell } from "../runtime/bell.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Agent } from "./agent.ts";
import type { Control } from "./control.ts";
import type { Nginx } from "./nginx.ts";

/** What leaves. */
export interface LeavingParts {
  readonly agent: Pick<Agent, "ready">;
  readonly nginx: Pick<Nginx, "running">;
  readonly control: Pick<Control, "leave">;
  /** Rung when nginx ends. */
  readonly bell: Bell;
  readonly log: Logger;
}

/**
 * Says on the health address that this proxy drains, closes connections with their next response, and waits for `drainMs`. Not for a
 * proxy that serves nothing; shorter when nginx ends or the signal fires.
 */
export async function leave(parts: LeavingParts, drainMs: number, signal: AbortSignal): Promise<void> {
  const { agent, nginx, control, bell, log } = parts;
  if (!agent.ready) return;
  log.info({ drainMs }, "Draining");
  using changes = bell.listen();
  const deadline = performance.now() + drainMs;
  await control.leave().catch((error: unknown) => log.warn({ reason: sentenceOf(error) }, "Leaving without draining"));
  while (nginx.running && !signal.aborted && performance.now() < deadline) {
    await changes.wait(Math.max(1, deadline - performance.now()), signal);
  }
}
