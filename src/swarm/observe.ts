/**
 * One look at the Swarm.
 */
import { isInterlockError } from "../model/errors.ts";
import type { Snapshot, SwarmService, SwarmTask } from "../model/snapshot.ts";
import type { Docker } from "./client.ts";
import { mostNamed, type News, type ShortList } from "./news.ts";

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

/** A look at some services, at the tasks of these and others, and at short lists. */
export interface PartLook extends Partial<Pick<Snapshot, ShortList>> {
  /** Of the services that the news names, those that exist. */
  readonly services: readonly SwarmService[];
  /** Desired state "running", sorted by id. */
  readonly tasks: readonly SwarmTask[];
  /** Services that were asked for their tasks only, and no longer exist. */
  readonly gone: readonly string[];
}

/**
 * Looks at what events named, and at the tasks of these services and of converging ones (D10, "hot look"; record 0022).
 *
 * Shape: for tasks alone one call, two more when one of their services has vanished; one more for services, and for each list.
 * Fails: as {@link Docker}.
 */
export async function observePart(
  docker: Observed,
  news: News,
  hot: readonly string[],
  signal: AbortSignal,
): Promise<PartLook> {
  const named = [...news.services];
  const short = async <T>(list: ShortList, ask: () => Promise<T>): Promise<T | undefined> =>
    news.lists.has(list) ? await ask() : undefined;
  const [services, networks, configs, secrets] = await Promise.all([
    named.length === 0 ? [] : docker.servicesById(named, signal),
    short("networks", async () => await docker.networks(signal)),
    short("configs", async () => await docker.configs(signal)),
    short("secrets", async () => await docker.secrets(signal)),
  ]);
  // After the services: a task may be newer than its service, never of one that is not known yet.
  const { tasks, gone } = await observeTasks(
    docker,
    [...new Set([...services.map(({ id }) => id), ...hot.filter((id) => !news.services.has(id))])],
    signal,
  );
  return {
    services,
    tasks,
    gone,
    ...(networks === undefined ? {} : { networks }),
    ...(configs === undefined ? {} : { configs }),
    ...(secrets === undefined ? {} : { secrets }),
  };
}

/** The tasks of some services, and which of the services no longer exist. */
export interface TaskLook {
  /** Desired state "running", sorted by id. */
  readonly tasks: readonly SwarmTask[];
  readonly gone: readonly string[];
}

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
