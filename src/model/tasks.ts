/**
 * The tasks of each service.
 */
import { differing } from "./differing.ts";
import type { SwarmTask } from "./snapshot.ts";

/** Tasks by the id of their service. */
export type Groups = ReadonlyMap<string, readonly SwarmTask[]>;

interface Grouping {
  readonly tasks: readonly SwarmTask[];
  readonly groups: Groups;
  /** Which services have other tasks than in the groups before. */
  readonly changed: ReadonlySet<string>;
  readonly before?: Groups;
}

let last: Grouping = { tasks: [], groups: new Map(), changed: new Set() };

const none: ReadonlySet<string> = new Set();

/** Which services have other tasks in these groups than in those before; `undefined` where they are not one step apart. */
export function changedBetween(before: Groups, after: Groups): ReadonlySet<string> | undefined {
  if (before === after) return none;
  return after === last.groups && before === last.before ? last.changed : undefined;
}

/** Tasks by service, in any order; services whose tasks are those of the last call have the same list again, so that their endpoints need not be found anew. */
export function tasksByServiceOf(tasks: readonly SwarmTask[]): Groups {
  if (tasks === last.tasks) return last.groups;
  const { gone, come } = differing(last.tasks, tasks);
  const changed = new Set([...gone, ...come].map((task) => task.serviceId));
  const groups = new Map<string, readonly SwarmTask[]>(last.groups);
  const left = new Set(gone);
  const joined = Map.groupBy(come, (task) => task.serviceId);
  for (const id of changed) {
    const group = [...(groups.get(id) ?? []).filter((task) => !left.has(task)), ...(joined.get(id) ?? [])];
    if (group.length === 0) groups.delete(id);
    else groups.set(id, group);
  }
  last = { tasks, groups, changed, before: last.groups };
  return groups;
}
