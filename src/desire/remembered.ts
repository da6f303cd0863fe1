/**
 * What is remembered of all services: the tables of the last decision with a few other rows, where that is what they are.
 */
import { amended } from "../model/amended.ts";
import { differing } from "../model/differing.ts";
import type { Memories, Memory } from "../model/memory.ts";
import type { ServiceClusterName } from "../model/names.ts";
import type { SettledService } from "./settled.ts";

/** The memories of a decision, by service: all of them, and those of each cluster. */
export interface Remembered {
  readonly lastGood: Memories;
  readonly memories: ReadonlyMap<ServiceClusterName, Memories>;
}

let last: { readonly of: readonly SettledService[]; readonly remembered: Remembered } = {
  of: [],
  remembered: { lastGood: new Map(), memories: new Map() },
};

/** Takes the memories of services; both lists and rows are in the order of the services, and the same tables again for the same memories. */
export function rememberedOf(settled: readonly SettledService[]): Remembered {
  const { gone, come } = differing(last.of, settled, ({ asking }) => asking.id);
  last = { of: settled, remembered: amendedMemories(last.remembered, gone, come) ?? allMemories(settled) };
  return last.remembered;
}

/** `undefined` where a service is remembered that was not, or for another cluster, and the other way round. */
function amendedMemories(
  before: Remembered,
  gone: readonly SettledService[],
  come: readonly SettledService[],
): Remembered | undefined {
  if (gone.length !== come.length) return undefined;
  const rows = new Map<string, Memory>();
  const byCluster = new Map<ServiceClusterName, Map<string, Memory>>();
  for (const [at, { asking, settled }] of come.entries()) {
    const then = gone[at];
    const [older, newer] = [then?.settled.lastGood, settled.lastGood];
    if (then?.asking.id !== asking.id || older?.cluster !== newer?.cluster) return undefined;
    if (newer === undefined || older?.memory === newer.memory) continue;
    rows.set(asking.id, newer.memory);
    put(byCluster, newer.cluster, asking.id, newer.memory);
  }
  if (rows.size === 0) return before;
  const memories = [...before.memories].map(([cluster, table]) => {
    const some = byCluster.get(cluster);
    return [cluster, some === undefined ? table : amended(table, some)] as const;
  });
  return { lastGood: amended(before.lastGood, rows), memories: new Map(memories) };
}

function allMemories(settledServices: readonly SettledService[]): Remembered {
  const lastGood = new Map<string, Memory>();
  const memories = new Map<ServiceClusterName, Map<string, Memory>>();
  for (const { asking, settled } of settledServices) {
    if (settled.lastGood === undefined) continue;
    const { memory, cluster } = settled.lastGood;
    lastGood.set(asking.id, memory);
    put(memories, cluster, asking.id, memory);
  }
  return { lastGood, memories };
}

function put(
  tables: Map<ServiceClusterName, Map<string, Memory>>,
  cluster: ServiceClusterName,
  id: string,
  memory: Memory,
): void {
  const table = tables.get(cluster);
  if (table === undefined) tables.set(cluster, new Map([[id, memory]]));
  else table.set(id, memory);
}
