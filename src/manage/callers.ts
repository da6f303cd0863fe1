/**
 * Who is who: the tasks of core's own services, by their address on the control network or the token of their role. Pure.
 */
import type { Caller, KnownCallers } from "../model/caller.ts";
import { parseServiceClusterName } from "../model/names.ts";
import type { Snapshot, SwarmNode, SwarmTask } from "../model/snapshot.ts";
import { tasksByServiceOf } from "../model/tasks.ts";
import { type Ownership, ownedServices } from "./ownership.ts";
import { callersByToken } from "./tokens.ts";

/**
 * Whom core knows.
 *
 * Shape: with a control network every task of an owned service that has an address on it, so that nobody on an application network can
 * pass for a proxy. Without one (core's port is published on its node) calls come from anywhere: then tokens count, and nothing else.
 */
export function callersIn(snapshot: Snapshot, owner: string, controlNetworkId?: string): KnownCallers {
  if (controlNetworkId === undefined) return { byAddress: new Map(), byToken: callersByToken(snapshot.secrets, owner) };
  return { byAddress: callersByAddress(snapshot, owner, controlNetworkId), byToken: new Map() };
}

/** The tasks of the proxies among the callers; `undefined` where callers are known by their tokens, which any number of tasks show. */
export function proxiesAmong({ byAddress, byToken }: KnownCallers): ReadonlySet<string> | undefined {
  if (byToken.size > 0) return undefined;
  return new Set([...byAddress.values()].filter(({ role }) => role === "proxy").map(({ task }) => task));
}

function callersByAddress(snapshot: Snapshot, owner: string, controlNetworkId: string): ReadonlyMap<string, Caller> {
  const owned = ownedServices(owner, snapshot.services);
  const tasksByService = tasksByServiceOf(snapshot.tasks);
  const tasks = [...owned.keys()].flatMap((id) => tasksByService.get(id) ?? []);
  return callersAmong(tasks, owned, snapshot.nodes, controlNetworkId);
}

function callersAmong(
  tasks: readonly SwarmTask[],
  owned: ReadonlyMap<string, Ownership>,
  nodes: readonly SwarmNode[],
  controlNetworkId: string,
): ReadonlyMap<string, Caller> {
  const hostnames = new Map(nodes.map((node) => [node.id, node.hostname]));
  const callers = new Map<string, Caller>();
  for (const task of tasks) {
    const ownership = owned.get(task.serviceId);
    if (ownership === undefined) continue;
    const cluster = parseServiceClusterName(ownership.cluster);
    if (cluster === undefined) continue;
    const node = hostnames.get(task.nodeId ?? "") ?? task.nodeId ?? "";
    for (const { networkId, address } of task.addresses) {
      if (networkId !== controlNetworkId) continue;
      callers.set(address, { role: ownership.role, cluster, task: task.id, node });
    }
  }
  return callers;
}
