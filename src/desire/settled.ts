/**
 * What became of each service, worked out again only when what it depends on has changed.
 */
import type { Memories, Memory } from "../model/memory.ts";
import { remembering } from "../model/remembering.ts";
import type { SwarmService } from "../model/snapshot.ts";
import { type AskingService, askingOf } from "./asking.ts";
import { type Settled, settle } from "./claims.ts";
import { byText } from "./order.ts";
import { isOurs } from "./ours.ts";
import type { Ground } from "./surroundings.ts";

interface Known {
  readonly ground: Ground;
  readonly previous: Memory | undefined;
  readonly settled: Settled;
}

const known = new WeakMap<AskingService, Known>();

/** A service that is not core's own, and what became of it. */
export interface SettledService {
  readonly asking: AskingService;
  readonly settled: Settled;
}

let last: readonly SettledService[] = [];

/** What became of each service, sorted by id; the same list as the last one when the same became of the same. */
export const allSettled: (
  services: readonly SwarmService[],
  previous: Memories,
  ground: Ground,
) => readonly SettledService[] = remembering(
  (services: readonly SwarmService[], previous: Memories, ground: Ground): readonly SettledService[] => {
    const before = new Map(last.map(({ asking }) => [asking.id, asking]));
    const now = services
      .filter((service) => !isOurs(service))
      .toSorted((a, b) => byText(a.id, b.id))
      .map((service) => {
        const asking = askingOf(service, before.get(service.id));
        return { asking, settled: settledOne(asking, previous.get(service.id), ground) };
      });
    const isSame =
      now.length === last.length &&
      now.every(({ asking, settled }, at) => asking === last[at]?.asking && settled === last[at].settled);
    if (!isSame) last = now;
    return last;
  },
);

/**
 * {@link settle}, or its last answer for the same service, ground and memory.
 *
 * Why the memory may be that of the last answer itself, where all could be met: it is not looked at then but to be handed on when it is equal.
 */
function settledOne(service: AskingService, previous: Memory | undefined, ground: Ground): Settled {
  const before = known.get(service);
  if (before?.ground === ground && (previous === before.previous || isOwn(previous, before.settled)))
    return before.settled;
  const answer = settle(service, previous, ground);
  known.set(service, { ground, previous, settled: answer });
  return answer;
}

function isOwn(memory: Memory | undefined, { unmet, lastGood }: Settled): boolean {
  return !unmet && memory === lastGood?.memory;
}
