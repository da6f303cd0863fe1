/**
 * Whose address is whose: the tasks of core's own services, by their address on the control network. Pure.
 */
import type { Caller } from "../model/caller.ts";
import { parseServiceClusterName } from "../model/names.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { ownedBy } from "./ownership.ts";

/**
 * Every task of an owned service that has an address, by that address.
 *
 * Shape: with a control network only addresses on it count, so that nobody on an application network can pass for a proxy; without one
 * (core is reached by `EndpointOverride`) all addresses of the task count.
 */
export function callersIn(snapshot: Snapshot, owner: string, controlNetworkId?: string): ReadonlyMap<string, Caller> {
  const owned = new Map(ownedBy(owner, snapshot.services).map((one) => [one.service.id, one.ownership]));
  const hostnames = new Map(snapshot.nodes.map((node) => [node.id, node.hostname]));
  const callers = new Map<string, Caller>();
  for (const task of snapshot.tasks) {
    const ownership = owned.get(task.serviceId);
    const cluster = parseServiceClusterName(ownership?.cluster ?? "");
    if (ownership === undefined || cluster === undefined) continue;
    const node = hostnames.get(task.nodeId ?? "") ?? task.nodeId ?? "";
    for (const { networkId, address } of task.addresses) {
      if (controlNetworkId !== undefined && networkId !== controlNetworkId) continue;
      callers.set(address, { role: ownership.role, cluster, task: task.id, node });
    }
  }
  return callers;
}
