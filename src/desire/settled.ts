/**
 * What became of each service, worked out again only when what it depends on has changed.
 */
import type { Memories, Memory } from "../model/memory.ts";
import { remembering, sameElements } from "../model/remembering.ts";
import type { SwarmService } from "../model/snapshot.ts";
import { type AskingService, askingOf } from "./asking.ts";
import { type Settled, settle } from "./claims.ts";
import { byId } from "../model/order.ts";
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

interface Run {
  /** Those that are not core's own, sorted by id. */
  readonly services: readonly SwarmService[];
  readonly ground: Ground | undefined;
  readonly settled: readonly SettledService[];
}

let last: Run = { services: [], ground: undefined, settled: [] };

/** What became of each service, sorted by id; the same list as the last one when the same became of the same, and of the same the very same element. */
export const allSettled: (
  services: readonly SwarmService[],
  previous: Memories,
  ground: Ground,
) => readonly SettledService[] = remembering(
  (all: readonly SwarmService[], previous: Memories, ground: Ground): readonly SettledService[] => {
    const services = sortedById(all.filter((service) => !isOurs(service)));
    const before = last;
    let at = 0;
    const settled = services.map((service) => {
      while ((before.services[at]?.id ?? service.id) < service.id) at += 1;
      const then = before.services[at]?.id === service.id ? before.settled[at] : undefined;
      const memory = previous.get(service.id);
      const isThen = before.services[at] === service && before.ground === ground;
      if (isThen && then !== undefined && isOwn(memory, then.settled)) return then;
      const asking = askingOf(service, then?.asking);
      const answer = settledOne(asking, memory, ground);
      return then?.asking === asking && then.settled === answer ? then : { asking, settled: answer };
    });
    const isSame = sameElements(settled, before.settled);
    last = { services, ground, settled: isSame ? before.settled : settled };
    return last.settled;
  },
);

/** A snapshot's lists are sorted already, and to see that is less than to sort. */
function sortedById(services: readonly SwarmService[]): readonly SwarmService[] {
  const isSorted = services.every(({ id }, at) => at === 0 || (services[at - 1]?.id ?? "") <= id);
  return isSorted ? services : services.toSorted(byId);
}

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
