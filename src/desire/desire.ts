/**
 * The decision: what the Swarm said and what the operator configured → what should be true.
 */
import type { Config, ExtensionConfig } from "../model/config.ts";
import type { DesiredCluster } from "../model/desired.ts";
import type { Memories } from "../model/memory.ts";
import type { ServiceClusterName } from "../model/names.ts";
import type { Problem } from "../model/problem.ts";
import { remembering } from "../model/remembering.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { clusterOf } from "./clusters.ts";
import type { LastGood } from "./claims.ts";
import { byText } from "../model/order.ts";
import type { Served } from "./resolve.ts";
import { rememberedOf } from "./remembered.ts";
import { allSettled, type SettledService } from "./settled.ts";
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
  const { byExtension, problems, ...rest } = outcomeOf(allSettled(snapshot.services, previous, around.ground));
  const clusters = around.extensions.map((extension) =>
    clusterOf(extension, byExtension.get(extension) ?? nobody, around),
  );

  return {
    clusters: clusters.map((each) => each.cluster).toSorted((a, b) => byText(a.name, b.name)),
    problems: [...problems, ...clusters.flatMap((each) => each.problems)].toSorted(byOwner),
    ...rest,
  };
}

const nobody: readonly Served[] = [];

/** What came of the services alone. */
interface Outcome extends Pick<Desired, "problems" | "lastGood" | "memories" | "unmet"> {
  readonly byExtension: ReadonlyMap<ExtensionConfig, readonly Served[]>;
}

const outcomeOf = remembering((settled: readonly SettledService[]): Outcome => {
  const served = settled.flatMap((each) => each.settled.served);
  return {
    byExtension: Map.groupBy(served, (each) => each.extension),
    problems: settled.flatMap((each) => each.settled.problems),
    ...rememberedOf(settled),
    unmet: new Set(settled.filter((each) => each.settled.unmet).map(({ asking }) => asking.id)),
  };
});

function byOwner(a: Problem, b: Problem): number {
  return (
    byText(a.service, b.service) || byText(a.label, b.label) || byText(a.code, b.code) || byText(a.sentence, b.sentence)
  );
}
