/**
 * What nginx could not reach, told to core at once: its next look at the Swarm shows what became of it (decision D10).
 */
import { sentenceOf } from "../model/errors.ts";
import { sleep } from "../runtime/wait.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Agent } from "./agent.ts";
import type { Control } from "./control.ts";
import type { CoreLink } from "./link.ts";

/** As often as core looks at services that change. Asking nginx costs the agent a millisecond or two. */
const everyMs = 250;

/**
 * Passes on what could not be reached, until the signal fires.
 *
 * Why nothing is kept for a core that is away: when it is back it looks at everything, and what still cannot be reached is told again.
 */
export async function followUnreachable(
  core: CoreLink,
  control: Control,
  agent: Agent,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await sleep(everyMs, signal);
    if (signal.aborted) return;
    if (!agent.ready) continue;
    try {
      const places = await control.unreachable();
      if (places.length > 0) await core.reportUnreachable(places, signal);
    } catch (error) {
      log.debug({ reason: sentenceOf(error) }, "Unreachable endpoints not reported");
    }
  }
}
