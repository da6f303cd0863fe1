/**
 * Which services deserve a look several times a second. Pure.
 */
import { remembering } from "../model/remembering.ts";
import type { Snapshot, SwarmService, SwarmTask } from "../model/snapshot.ts";
import { tasksByServiceOf } from "../model/tasks.ts";

/** For how long a change keeps a service hot. */
export const heat = {
  /** After any change: the steps of a small update follow one another within seconds, and no event marks them. */
  afterChangeMs: 5_000,
  /** After the last change while tasks are missing, superfluous or under way. What is stuck for longer is found by the polls. */
  unsettledMs: 60_000,
} as const;

/** When something about a service was last seen to change, by service id, on the watcher's clock. */
export type LastChanges = ReadonlyMap<string, number>;

/**
 * The ids of the services that are converging, sorted.
 *
 * Shape: a service is hot for a few seconds after a change, for a minute after the last change while it is unsettled, and as long as Swarm
 * updates it or rolls it back. Jobs are never hot: they serve nobody.
 * Source: D10; lab measurement: a planned stop shows in the task list three seconds before the container gets its signal, and nowhere else.
 */
export function convergingServices(snapshot: Snapshot, lastChanges: LastChanges, nowMs: number): readonly string[] {
  const { byId, updating } = candidatesIn(snapshot.services);
  // Few have changed lately, of however many.
  const warm = [...lastChanges.keys()].filter((id) => ageOf(id, lastChanges, nowMs) < heat.unsettledMs);
  if (warm.length + updating.size === 0) return [];
  const tasks = tasksByServiceOf(snapshot.tasks);
  return [...new Set([...warm, ...updating])]
    .filter((id) => {
      const service = byId.get(id);
      if (service === undefined) return false;
      const isHot = updating.has(id) || ageOf(id, lastChanges, nowMs) < heat.afterChangeMs;
      return isHot || !isSettled(service, tasks.get(id) ?? []);
    })
    .toSorted();
}

/** The services that may be hot, and the ids of those Swarm updates. */
const candidatesIn = remembering((services: readonly SwarmService[]) => {
  const candidates = services.filter(({ mode }) => mode.kind !== "job");
  return {
    byId: new Map(candidates.map((service) => [service.id, service])),
    updating: new Set(candidates.filter(isUpdating).map(({ id }) => id)),
  };
});

/** The ids of the services whose tasks are not what the service wants, sorted; the changes a first look assumes. */
export function unsettledServices(snapshot: Snapshot): readonly string[] {
  const tasks = tasksByServiceOf(snapshot.tasks);
  return snapshot.services
    .filter((service) => service.mode.kind !== "job" && !isSettled(service, tasks.get(service.id) ?? []))
    .map((service) => service.id);
}

/** True when exactly the wanted tasks run. How many a global service wants is not known here: its tasks must all run. */
function isSettled(service: SwarmService, tasks: readonly SwarmTask[]): boolean {
  const allRun = tasks.every((task) => task.state === "running");
  return allRun && (service.mode.kind !== "replicated" || tasks.length === service.mode.replicas);
}

/** Source: Engine API v1.41, `UpdateStatus.State`. A paused update waits for a person. */
function isUpdating(service: SwarmService): boolean {
  return service.updateState === "updating" || service.updateState === "rollback_started";
}

function ageOf(id: string, lastChanges: LastChanges, nowMs: number): number {
  return nowMs - (lastChanges.get(id) ?? -Infinity);
}
