/**
 * What is in an older snapshot and not in a newer one, and nothing says why.
 */
import type { Snapshot, SwarmNode, SwarmService, SwarmTask } from "../model/snapshot.ts";
import { byId } from "../model/order.ts";

/** What was heard beside the lists: ids. */
export interface Heard {
  /** Services somebody has just updated. */
  readonly updated: ReadonlySet<string>;
  /** Services, nodes, networks and secrets somebody removed. */
  readonly removed: ReadonlySet<string>;
}

/**
 * The newer snapshot with everything put back that vanished without a reason; the newer one itself when there is nothing.
 *
 * Shape: a service, node, network or secret has a reason to be gone when its removal was heard; a task when its service or its node has one, or asks for it.
 */
export function mended(older: Snapshot, newer: Snapshot, heard: Heard): Snapshot {
  const services = withLost(older.services, newer.services, heard.removed);
  const networks = withLost(older.networks, newer.networks, heard.removed);
  const nodes = withLost(older.nodes, newer.nodes, heard.removed);
  const secrets = withLost(older.secrets, newer.secrets, heard.removed);
  const lost = vanishedTasks(older, { ...newer, services, nodes }, heard);
  const tasks = lost.length === 0 ? newer.tasks : [...newer.tasks, ...lost].toSorted(byId);
  const parts = { services, networks, nodes, secrets, tasks };
  const isSame =
    services === newer.services &&
    networks === newer.networks &&
    nodes === newer.nodes &&
    secrets === newer.secrets &&
    tasks === newer.tasks;
  return isSame ? newer : { ...newer, ...parts };
}

/** The services of the older snapshot that the newer one has not, and whose removal nobody heard of; sorted by id. */
export function vanishedServices(older: Snapshot, newer: Snapshot, heard: Heard): readonly SwarmService[] {
  return lostOf(older.services, newer.services, heard.removed);
}

/**
 * The running tasks of the older snapshot that the newer one has not, although their service still wants them and their node is fine.
 *
 * Why by slot and by count: a task that crashed is replaced in its slot within seconds, and the lists are not one transaction: a service that
 * was told to shrink may be seen a look before its tasks are.
 */
export function vanishedTasks(older: Snapshot, newer: Snapshot, heard: Heard): readonly SwarmTask[] {
  const there = new Set(newer.tasks.map((task) => task.id));
  const gone = older.tasks.filter((task) => task.state === "running" && !there.has(task.id));
  if (gone.length === 0) return [];
  const present = Map.groupBy(newer.tasks, (task) => task.serviceId);
  const [before, now] = [indexed(older.services), indexed(newer.services)];
  const [nodesBefore, nodesNow] = [indexed(older.nodes), indexed(newer.nodes)];

  return [...Map.groupBy(gone, (task) => task.serviceId)].flatMap(([id, tasks]) => {
    const service = now.get(id);
    if (service === undefined || heard.updated.has(id) || heard.removed.has(id)) return [];
    if (isChanging(before.get(id), service)) return [];
    const others = present.get(id) ?? [];
    const missed = tasks.filter(
      (task) =>
        !isReplaced(task, others, service) &&
        isFine(nodesBefore.get(task.nodeId ?? ""), nodesNow.get(task.nodeId ?? "")),
    );
    return missed.slice(0, missingOf(service, others.length));
  });
}

/** How many more tasks a service asks for. How many a global one should have is not known here: one per node it had one on. */
function missingOf({ mode }: SwarmService, present: number): number {
  if (mode.kind === "job") return 0;
  return mode.kind === "global" ? Infinity : Math.max(0, mode.replicas - present);
}

/** Source: Engine API v1.41, `UpdateStatus.State`. Every update, and every step of one that changes its state, is a new version. */
function isChanging(before: SwarmService | undefined, now: SwarmService): boolean {
  return before?.version !== now.version || now.updateState === "updating" || now.updateState === "rollback_started";
}

function isReplaced(task: SwarmTask, others: readonly SwarmTask[], { mode }: SwarmService): boolean {
  const place = mode.kind === "global" ? "nodeId" : "slot";
  return task[place] !== undefined && others.some((other) => other[place] === task[place]);
}

/**
 * True when a node gives its tasks no reason to go. Labels count: tasks leave a node that no longer meets their constraints.
 *
 * Why `unknown` is no reason: managers that have just been elected call every node so, and no task is moved for it.
 */
function isFine(before: SwarmNode | undefined, now: SwarmNode | undefined): boolean {
  if (before === undefined) return true;
  if (now === undefined || now.state === "down" || now.availability === "drain") return false;
  return before.availability === now.availability && JSON.stringify(before.labels) === JSON.stringify(now.labels);
}

interface Identified {
  readonly id: string;
}

function withLost<T extends Identified>(
  older: readonly T[],
  newer: readonly T[],
  removed: ReadonlySet<string>,
): readonly T[] {
  const lost = lostOf(older, newer, removed);
  return lost.length === 0 ? newer : [...newer, ...lost].toSorted(byId);
}

function lostOf<T extends Identified>(
  older: readonly T[],
  newer: readonly T[],
  removed: ReadonlySet<string>,
): readonly T[] {
  if (older === newer) return [];
  const there = new Set(newer.map(({ id }) => id));
  return older.filter(({ id }) => !there.has(id) && !removed.has(id));
}

function indexed<T extends Identified>(list: readonly T[]): ReadonlyMap<string, T> {
  return new Map(list.map((each) => [each.id, each]));
}
