/**
 * What became of a service, worked out again only when what it depends on has changed.
 */
import type { Memory } from "../model/memory.ts";
import type { SwarmService } from "../model/snapshot.ts";
import { type Settled, settle } from "./claims.ts";
import type { Ground } from "./surroundings.ts";

interface Known {
  readonly ground: Ground;
  readonly previous: Memory | undefined;
  readonly settled: Settled;
}

const known = new WeakMap<SwarmService, Known>();

/**
 * {@link settle}, or its last answer for the same service, ground and memory.
 *
 * Why the memory may be that of the last answer itself, where all could be met: it is not looked at then but to be handed on when it is equal.
 */
export function settled(service: SwarmService, previous: Memory | undefined, ground: Ground): Settled {
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
