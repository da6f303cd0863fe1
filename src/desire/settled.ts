/**
 * What became of a service, worked out again only when what it depends on has changed.
 */
import type { SwarmService } from "../model/snapshot.ts";
import type { Claim } from "../labels/claim.ts";
import { type Settled, settle } from "./claims.ts";
import type { Ground, Surroundings } from "./surroundings.ts";

interface Known {
  readonly ground: Ground;
  readonly previous: readonly Claim[] | undefined;
  readonly settled: Settled;
}

const known = new WeakMap<SwarmService, Known>();

/**
 * {@link settle}, or its last answer for the same service, networks, secrets and configuration. Neither tasks nor nodes are asked for there.
 *
 * Why the previous claims may be those of the last answer itself: where the labels could be met wholly, no others were looked at, and where they could not,
 * the answer hands on what it was given.
 */
export function settled(service: SwarmService, previous: readonly Claim[] | undefined, around: Surroundings): Settled {
  const before = known.get(service);
  const isSame =
    before?.ground === around.ground && (previous === before.previous || previous === before.settled.lastGood);
  if (isSame) return before.settled;
  const answer = settle(service, previous, around);
  known.set(service, { ground: around.ground, previous, settled: answer });
  return answer;
}
