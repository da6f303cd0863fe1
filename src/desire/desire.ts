/**
 * The decision: what the Swarm said and what the operator configured → what should be true.
 */
import type { Config } from "../model/config.ts";
import type { DesiredCluster } from "../model/desired.ts";
import type { Problem } from "../model/problem.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Claim } from "../labels/claim.ts";
import { clusterOf } from "./clusters.ts";
import type { LastGood, Settled } from "./claims.ts";
import { isOurs } from "./ours.ts";
import { byText } from "./order.ts";
import { settled as settledOne } from "./settled.ts";
import { surroundingsOf } from "./surroundings.ts";

export type { LastGood } from "./claims.ts";

/** The outcome of one decision. */
export interface Desired {
  /** One for each extension of the configuration, sorted by name. */
  readonly clusters: readonly DesiredCluster[];
  /** Sorted by service, then label. */
  readonly problems: readonly Problem[];
  /** To be given to the next decision. Holds no service that is gone or asks for nothing. */
  readonly lastGood: LastGood;
}

/**
 * Decides what every service cluster should be.
 *
 * Shape: pure; the order of the snapshot's lists does not matter; equal input gives equal output, byte for byte. `previous` is the
 * last decision's `lastGood`, at first an empty map. Services, tasks, networks and secrets that are the same objects as at the last decision are
 * not thought about again, so that a change costs little more than what it changes.
 * Fails: never. What is wrong with a service is a problem of that service and changes nothing for any other.
 */
export function desire(snapshot: Snapshot, config: Config, previous: LastGood): Desired {
  const around = surroundingsOf(snapshot, config);
  const settled = snapshot.services
    .filter((service) => !isOurs(service))
    .toSorted((a, b) => byText(a.id, b.id))
    .map((service) => [service.id, settledOne(service, previous.get(service.id), around)] as const);
  const served = settled.flatMap(([, each]) => each.served);
  const byExtension = Map.groupBy(served, (each) => each.extension);
  const clusters = around.extensions.map((extension) => clusterOf(extension, byExtension.get(extension) ?? [], around));

  return {
    clusters: clusters.map((each) => each.cluster).toSorted((a, b) => byText(a.name, b.name)),
    problems: [...settled.map(([, each]) => each), ...clusters].flatMap((each) => each.problems).toSorted(byOwner),
    lastGood: lastGoodOf(settled),
  };
}

function lastGoodOf(settled: readonly (readonly [string, Settled])[]): LastGood {
  const claims = new Map<string, readonly Claim[]>();
  for (const [id, { lastGood }] of settled) if (lastGood !== undefined) claims.set(id, lastGood);
  return claims;
}

function byOwner(a: Problem, b: Problem): number {
  return (
    byText(a.service, b.service) || byText(a.label, b.label) || byText(a.code, b.code) || byText(a.sentence, b.sentence)
  );
}
