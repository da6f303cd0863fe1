/**
 * Whether a look shows anything that core's own services depend on. Most changes are of applications, and to plan for every one of them would cost as
 * much as the Swarm is large.
 */
import type { DesiredCluster } from "../model/desired.ts";
import { differing } from "../model/differing.ts";
import type { Snapshot, SwarmService } from "../model/snapshot.ts";
import { differingTasks } from "../model/task-lists.ts";
import { ownedServices, ownershipOf } from "./ownership.ts";
import { needsOf } from "./wanted.ts";

/** A look, and what was decided from it. */
export interface Look {
  readonly snapshot: Snapshot;
  readonly clusters: readonly DesiredCluster[];
}

/**
 * False when the services of this core that should be, and what stands in their way, are as they were at the look before.
 *
 * Shape: of a service that no core made it matters that it is there, which networks it is on and which configs it mounts.
 */
export function matters(before: Look, after: Look, owner: string): boolean {
  const [older, newer] = [before.snapshot, after.snapshot];
  return (
    lists.some((list) => older[list] !== newer[list]) ||
    servicesMatter(older.services, newer.services) ||
    tasksMatter(older, newer, owner) ||
    needsMatter(before.clusters, after.clusters)
  );
}

const lists = ["networks", "nodes", "configs", "secrets"] as const;

function servicesMatter(older: readonly SwarmService[], newer: readonly SwarmService[]): boolean {
  if (older === newer) return false;
  const { gone, come } = differing(older, newer, ({ id }) => id);
  const were = new Map(gone.map((service) => [service.id, service]));
  const isOther = (service: SwarmService): boolean => {
    const was = were.get(service.id);
    return was === undefined || isMade(was) || isMade(service) || usesOf(was) !== usesOf(service);
  };
  return gone.length !== come.length || come.some(isOther);
}

function isMade(service: SwarmService): boolean {
  return ownershipOf(service) !== undefined;
}

function usesOf({ networks, configs }: SwarmService): string {
  return JSON.stringify([networks, configs]);
}

function tasksMatter(older: Snapshot, newer: Snapshot, owner: string): boolean {
  if (older.tasks === newer.tasks) return false;
  const owned = ownedServices(owner, newer.services);
  const { gone, come } = differingTasks(older.tasks, newer.tasks);
  return [...gone, ...come].some(({ serviceId }) => owned.has(serviceId));
}

function needsMatter(older: readonly DesiredCluster[], newer: readonly DesiredCluster[]): boolean {
  const isSame = (one: DesiredCluster, other: DesiredCluster | undefined): boolean =>
    one === other ||
    (other?.extension === one.extension &&
      ((one.networks === other.networks && one.certificates === other.certificates) ||
        JSON.stringify(needsOf(one)) === JSON.stringify(needsOf(other))));
  return older.length !== newer.length || !older.every((one, index) => isSame(one, newer[index]));
}
