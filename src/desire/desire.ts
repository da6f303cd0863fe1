/**
 * The decision: what the Swarm said and what the operator configured → what should be true.
 */
import { amended } from "../model/amended.ts";
import type { Config, ExtensionConfig } from "../model/config.ts";
import type { DesiredCluster } from "../model/desired.ts";
import { differing } from "../model/differing.ts";
import type { Memories, Memory } from "../model/memory.ts";
import type { ServiceClusterName } from "../model/names.ts";
import type { Problem } from "../model/problem.ts";
import { remembering } from "../model/remembering.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { clusterOf } from "./clusters.ts";
import type { LastGood } from "./claims.ts";
import { byText } from "../model/order.ts";
import type { Served } from "./resolve.ts";
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
  const { lastGood, memories } = rememberedOf(settled);
  return {
    byExtension: Map.groupBy(served, (each) => each.extension),
    problems: settled.flatMap((each) => each.settled.problems),
    lastGood,
    memories,
    unmet: new Set(settled.filter((each) => each.settled.unmet).map(({ asking }) => asking.id)),
  };
});

interface Remembered extends Pick<Desired, "lastGood" | "memories"> {
  readonly of: readonly SettledService[];
}

let last: Remembered = { of: [], lastGood: new Map(), memories: new Map() };

/** Tables that are those of the last decision with other rows, where the same services are remembered for the same clusters. */
function rememberedOf(settled: readonly SettledService[]): Pick<Desired, "lastGood" | "memories"> {
  const { gone, come } = differing(last.of, settled, ({ asking }) => asking.id);
  last = { of: settled, ...(amendedMemories(gone, come) ?? allMemories(settled)) };
  return last;
}

function amendedMemories(
  gone: readonly SettledService[],
  come: readonly SettledService[],
): Pick<Desired, "lastGood" | "memories"> | undefined {
  if (gone.length !== come.length) return undefined;
  const rows = new Map<string, Memory>();
  const byCluster = new Map<ServiceClusterName, Map<string, Memory>>();
  for (const [at, { asking, settled }] of come.entries()) {
    const [then, now] = [gone[at], settled.lastGood];
    const before = then?.settled.lastGood;
    if (then?.asking.id !== asking.id || before?.cluster !== now?.cluster) return undefined;
    if (now === undefined || before?.memory === now.memory) continue;
    rows.set(asking.id, now.memory);
    byCluster.set(now.cluster, (byCluster.get(now.cluster) ?? new Map<string, Memory>()).set(asking.id, now.memory));
  }
  if (rows.size === 0) return last;
  const memories = [...last.memories].map(([cluster, table]) => {
    const some = byCluster.get(cluster);
    return [cluster, some === undefined ? table : amended(table, some)] as const;
  });
  return { lastGood: amended(last.lastGood, rows), memories: new Map(memories) };
}

function allMemories(settledServices: readonly SettledService[]): Pick<Desired, "lastGood" | "memories"> {
  const lastGood = new Map<string, Memory>();
  const memories = new Map<ServiceClusterName, Map<string, Memory>>();
  for (const { asking, settled } of settledServices) {
    if (settled.lastGood === undefined) continue;
    const { id } = asking;
    const { memory, cluster } = settled.lastGood;
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
