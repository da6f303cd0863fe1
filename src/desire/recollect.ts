/**
 * Which of the memories that the proxies of a cluster kept a core that has just started may go by.
 */
import { serviceCluster } from "../labels/service_cluster.ts";
import type { Config } from "../model/config.ts";
import type { Memories, Memory } from "../model/memory.ts";
import type { ServiceClusterName } from "../model/names.ts";
import type { Labels, Snapshot } from "../model/snapshot.ts";
import type { LastGood } from "./claims.ts";
import { isOurs } from "./ours.ts";
import { readMemory } from "./memory.ts";

/**
 * The memories of services that are needed and there, and of this cluster alone.
 *
 * Why so: proxies of one cluster are not trusted with another's services. What they kept counts for routes of their own cluster only, and not
 * for a service that says it belongs to another one that there is.
 */
export function recollect(
  kept: Memories,
  cluster: ServiceClusterName,
  needed: ReadonlySet<string>,
  snapshot: Snapshot,
  config: Config,
): LastGood {
  const found = new Map<string, Memory>();
  for (const service of snapshot.services) {
    const memory = kept.get(service.id);
    if (memory === undefined || !needed.has(service.id) || isOurs(service)) continue;
    const { claims } = readMemory(service.name, memory);
    const isOfCluster = claims.length > 0 && claims.every((claim) => claim.cluster === cluster);
    if (isOfCluster && !belongsElsewhere(service.labels, cluster, config)) found.set(service.id, memory);
  }
  return found;
}

/** True when the labels as they are name another cluster that has proxies. A name that is wrong says nothing. */
function belongsElsewhere(labels: Labels, cluster: ServiceClusterName, config: Config): boolean {
  const text = Object.hasOwn(labels, serviceCluster.label) ? labels[serviceCluster.label] : undefined;
  const named = text === undefined ? serviceCluster.default : serviceCluster.parse(text).value;
  return named !== undefined && named !== cluster && config.extensions.some((one) => one.cluster === named);
}
