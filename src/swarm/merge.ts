/**
 * Snapshots compared and put together. Pure. What did not change keeps its identity, so that `===` tells what did.
 */
import { isDeepStrictEqual } from "node:util";
import { differing, sameRun } from "../model/differing.ts";
import type { Snapshot, SwarmService, SwarmTask, TaskList } from "../model/snapshot.ts";
import { allTasks, differingTasks, stepBetween, tasksWith } from "../model/task-lists.ts";
import { tasksByServiceOf } from "../model/tasks.ts";
import { byId } from "../model/order.ts";

interface Identified {
  readonly id: string;
}

/** The newer snapshot, made of the older one's parts wherever they are equal; the older one itself when nothing changed. */
export function carryOver(older: Snapshot, newer: Snapshot): Snapshot {
  const merged: Snapshot = {
    services: sameList(older.services, newer.services),
    // What was made of the older list has its tasks already.
    tasks: stepBetween(older.tasks, newer.tasks) === undefined ? sameTasks(older.tasks, newer.tasks) : newer.tasks,
    networks: sameList(older.networks, newer.networks),
    nodes: sameList(older.nodes, newer.nodes),
    configs: sameList(older.configs, newer.configs),
    secrets: sameList(older.secrets, newer.secrets),
  };
  return isSame(older, merged) ? older : merged;
}

function isSame(a: Snapshot, b: Snapshot): boolean {
  return (
    a.services === b.services &&
    a.tasks === b.tasks &&
    a.networks === b.networks &&
    a.nodes === b.nodes &&
    a.configs === b.configs &&
    a.secrets === b.secrets
  );
}

/** The snapshot with these services instead of those with these ids; what has vanished is in neither. Their tasks stay. */
export function withServices(
  snapshot: Snapshot,
  ids: ReadonlySet<string>,
  services: readonly SwarmService[],
): Snapshot {
  if (ids.size === 0) return snapshot;
  const others = snapshot.services.filter(({ id }) => !ids.has(id));
  return { ...snapshot, services: [...others, ...services].toSorted(byId) };
}

/** The snapshot with these tasks instead of the ones these services had; the snapshot itself when they are equal. */
export function withTasks(snapshot: Snapshot, serviceIds: readonly string[], tasks: readonly SwarmTask[]): Snapshot {
  const tasksByService = tasksByServiceOf(snapshot.tasks);
  const before = serviceIds.flatMap((id) => tasksByService.get(id) ?? []).toSorted(byId);
  const now = sameList(before, tasks.toSorted(byId));
  if (now === before) return snapshot;
  const { gone, come } = differing(before, now, ({ id }) => id);
  return { ...snapshot, tasks: tasksWith(snapshot.tasks, { gone, come }) };
}

/** The ids of the services that changed between two snapshots, by themselves or by a task; sorted. */
export function changedServices(older: Snapshot, newer: Snapshot): readonly string[] {
  const changed = new Set<string>();
  if (older.services !== newer.services) {
    const { gone, come } = differing(older.services, newer.services, ({ id }) => id);
    for (const service of [...gone, ...come]) changed.add(service.id);
  }
  if (older.tasks !== newer.tasks) {
    const { gone, come } = differingTasks(older.tasks, newer.tasks);
    for (const task of [...gone, ...come]) changed.add(task.serviceId);
  }
  return [...changed].toSorted();
}

function sameTasks(older: TaskList, newer: TaskList): TaskList {
  if (older === newer) return older;
  const all = allTasks(older);
  const same = sameList(all, allTasks(newer));
  return same === all ? older : same;
}

/** `newer`, with the elements of `older` where they are equal; `older` itself when all are. Both sorted by id. */
function sameList<T extends Identified>(older: readonly T[], newer: readonly T[]): readonly T[] {
  if (older === newer) return older;
  let [at, now] = [0, 0];
  let merged: T[] | undefined;
  for (;;) {
    // Most of a look that follows another are the very same objects.
    const run = sameRun(older, at, newer, now);
    at += run;
    now += run;
    const element = newer[now];
    if (element === undefined) break;
    let before = older[at];
    while (before !== undefined && before.id < element.id) before = older[(at += 1)];
    if (before?.id === element.id) {
      if (isDeepStrictEqual(before, element)) (merged ??= [...newer])[now] = before;
      at += 1;
    }
    now += 1;
  }
  const carried = merged ?? newer;
  return carried.length === older.length && sameRun(older, 0, carried, 0) === older.length ? older : carried;
}
