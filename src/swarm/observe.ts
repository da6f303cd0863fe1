/**
 * One look at the Swarm.
 */
import { isInterlockError } from "../model/errors.ts";
import type { Snapshot, SwarmTask } from "../model/snapshot.ts";
import type { Docker } from "./client.ts";

/** The part of {@link Docker} a look needs. */
export type Observed = Pick<
  Docker,
  "services" | "servicesById" | "tasks" | "networks" | "nodes" | "configs" | "secrets"
>;

/**
 * Looks at the whole Swarm once.
 *
 * Shape: every list sorted by id; tasks limited to desired state "running"; overlay networks only. Six calls, whatever the size of the Swarm.
 * Fails: as {@link Docker}, when any one list fails; the others are then abandoned and a partial snapshot is never returned.
 * Source: Engine API v1.41, GET /services, /tasks, /networks, /nodes, /configs, /secrets.
 * Why: one missing list would read as "these services are gone" (D9).
 */
export async function observe(docker: Observed, signal: AbortSignal): Promise<Snapshot> {
  const look = new AbortController();
  const end = (): void => look.abort(signal.reason);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  try {
    // The lists are not one transaction: a task may be newer than its service. Events and polls put that right.
    const [services, tasks, networks, nodes, configs, secrets] = await Promise.all([
      docker.services(look.signal),
      docker.tasks({ desiredStates: ["running"] }, look.signal),
      docker.networks(look.signal),
      docker.nodes(look.signal),
      docker.configs(look.signal),
      docker.secrets(look.signal),
    ]);
    return { services, tasks, networks, nodes, configs, secrets };
  } finally {
    signal.removeEventListener("abort", end);
    // A list that hangs beside one that fails would hold a connection until its deadline, look after look.
    look.abort();
  }
}

/** The tasks of some services, and which of the services no longer exist. */
export interface TaskLook {
  /** Desired state "running", sorted by id. */
  readonly tasks: readonly SwarmTask[];
  readonly gone: readonly string[];
}

/** Above this many services one list of all tasks is cheaper for the engine than looking each service up. */
const mostNamed = 200;

/**
 * Looks at the tasks of some services (D10, "hot look").
 *
 * Shape: one call; three when one of the services has vanished.
 * Fails: as {@link Docker}.
 * Source: the engine answers 404 for the whole list when one service of the filter does not exist (measured on 20.10).
 */
export async function observeTasks(
  docker: Observed,
  serviceIds: readonly string[],
  signal: AbortSignal,
): Promise<TaskLook> {
  if (serviceIds.length === 0) return { tasks: [], gone: [] };
  if (serviceIds.length > mostNamed) {
    const wanted = new Set(serviceIds);
    const all = await docker.tasks({ desiredStates: ["running"] }, signal);
    return { tasks: all.filter((task) => wanted.has(task.serviceId)), gone: [] };
  }
  try {
    return { tasks: await docker.tasks({ services: serviceIds, desiredStates: ["running"] }, signal), gone: [] };
  } catch (error) {
    if (!isInterlockError(error, "DOCKER_NOT_FOUND")) throw error;
  }
  // The list of services leaves unknown ids out. Should one more vanish right now, the next look finds out.
  const known = new Set((await docker.servicesById(serviceIds, signal)).map((service) => service.id));
  const living = serviceIds.filter((id) => known.has(id));
  const gone = serviceIds.filter((id) => !known.has(id));
  if (living.length === 0) return { tasks: [], gone };
  return { tasks: await docker.tasks({ services: living, desiredStates: ["running"] }, signal), gone };
}
