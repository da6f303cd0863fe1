/**
 * The decision: what the Swarm said and what the operator configured → what should be true.
 */
import type { Config } from "../model/config.ts";
import type { DesiredCluster } from "../model/desired.ts";
import type { Memories, Memory } from "../model/memory.ts";
import type { ServiceClusterName } from "../model/names.ts";
import type { Problem } from "../model/problem.ts";
import type { Snapshot } from "../model/snapshot.ts";
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
  /** The same by the cluster it is for: what the proxies of that cluster keep. */
  readonly memories: ReadonlyMap<ServiceClusterName, Memories>;
  /** Ids of the services that ask for something their labels do not get them: a core that has just started may have known better labels. */
  readonly unmet: ReadonlySet<string>;
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
    .map((service) => [service.id, settledOne(service, previous.get(service.id), around.ground)] as const);
  const served = settled.flatMap(([, each]) => each.served);
  const byExtension = Map.groupBy(served, (each) => each.extension);
  const clusters = around.extensions.map((extension) => clusterOf(extension, byExtension.get(extension) ?? [], around));

  return {
    clusters: clusters.map((each) => each.cluster).toSorted((a, b) => byText(a.name, b.name)),
    problems: [...settled.map(([, each]) => each), ...clusters].flatMap((each) => each.problems).toSorted(byOwner),
    ...rememberedOf(settled),
    unmet: new Set(settled.filter(([, each]) => each.unmet).map(([id]) => id)),
  };
}

function rememberedOf(settled: readonly (readonly [id: string, Settled])[]): Pick<Desired, "lastGood" | "memories"> {
  const lastGood = new Map<string, Memory>();
  const memories = new Map<ServiceClusterName, Map<string, Memory>>();
  for (const [id, each] of settled) {
    if (each.lastGood === undefined) continue;
    const { memory, cluster } = each.lastGood;
    lastGood.set(id, memory);
    const known = memories.get(cluster);
    if (known === undefined) memories.set(cluster, new Map([[id, memory]]));
    else known.set(id, memory);
  }
  return { lastGood, memories };
}

function byOwner(a: Problem, b: Problem): number {
  return (
    byText(a.service, b.service) || byText(a.label, b.label) || byText(a.code, b.code) || byText(a.sentence, b.sentence)
  );
}
