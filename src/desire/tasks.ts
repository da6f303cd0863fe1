/**
 * The tasks of each service.
 */
import { differing } from "../model/differing.ts";
import type { SwarmTask } from "../model/snapshot.ts";

type Groups = ReadonlyMap<string, readonly SwarmTask[]>;

let last: { readonly tasks: readonly SwarmTask[]; readonly groups: Groups } = { tasks: [], groups: new Map() };

/** Tasks by service, in their order; services whose tasks are those of the last call have the same list again, so that their endpoints need not be found anew. */
export function tasksByServiceOf(tasks: readonly SwarmTask[]): Groups {
  if (tasks === last.tasks) return last.groups;
  const { gone, come } = differing(last.tasks, tasks);
  const changed = new Set([...gone, ...come].map((task) => task.serviceId));
  const groups = new Map<string, readonly SwarmTask[]>(last.groups);
  for (const id of changed) groups.delete(id);
  const regrouped = Map.groupBy(
    tasks.filter((task) => changed.has(task.serviceId)),
    (task) => task.serviceId,
  );
  for (const [id, group] of regrouped) groups.set(id, group);
  last = { tasks, groups };
  return groups;
}
