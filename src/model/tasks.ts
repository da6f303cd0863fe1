/**
 * The tasks of each service.
 */
import { byId } from "./order.ts";
import type { SwarmTask, TaskList } from "./snapshot.ts";
import { differingTasks } from "./task-lists.ts";

/** Tasks by the id of their service. */
export type Groups = Pick<ReadonlyMap<string, readonly SwarmTask[]>, "get">;

const noTasks: readonly SwarmTask[] = [];

/** Groups of which some are others than those of a long map, which need not be copied for them. */
class Amended implements Groups {
  readonly #most: ReadonlyMap<string, readonly SwarmTask[]>;
  readonly #others: ReadonlyMap<string, readonly SwarmTask[]>;

  constructor(most: ReadonlyMap<string, readonly SwarmTask[]>, others: ReadonlyMap<string, readonly SwarmTask[]>) {
    this.#most = most;
    this.#others = others;
  }

  get(id: string): readonly SwarmTask[] {
    return this.#others.get(id) ?? this.#most.get(id) ?? noTasks;
  }

  /** These groups with others instead; those of services without tasks are empty. */
  with(groups: ReadonlyMap<string, readonly SwarmTask[]>): Amended {
    const others = new Map([...this.#others, ...groups]);
    if (others.size < mostOthers) return new Amended(this.#most, others);
    const all = new Map([...this.#most, ...others]);
    return new Amended(new Map([...all].filter(([, group]) => group.length > 0)), new Map());
  }
}

/** How many are looked up beside the long map before they are put into it. */
const mostOthers = 64;

interface Grouping {
  readonly tasks: TaskList;
  readonly groups: Amended;
  /** Which services have other tasks than in the groups before. */
  readonly changed: ReadonlySet<string>;
  readonly before?: Groups;
}

let last: Grouping = { tasks: [], groups: new Amended(new Map(), new Map()), changed: new Set() };

const none: ReadonlySet<string> = new Set();

/** Which services have other tasks in these groups than in those before; `undefined` where they are not one step apart. */
export function changedBetween(before: Groups, after: Groups): ReadonlySet<string> | undefined {
  if (before === after) return none;
  return after === last.groups && before === last.before ? last.changed : undefined;
}

/** Tasks by service, in any order; services whose tasks are those of the last call have the same list again, so that their endpoints need not be found anew. */
export function tasksByServiceOf(tasks: TaskList): Groups {
  if (tasks === last.tasks) return last.groups;
  const { gone, come } = differingTasks(last.tasks, tasks);
  const changed = new Set([...gone, ...come].map((task) => task.serviceId));
  const left = new Set(gone);
  const joined = Map.groupBy(come, (task) => task.serviceId);
  const others = new Map<string, readonly SwarmTask[]>();
  for (const id of changed) {
    const group = [...last.groups.get(id).filter((task) => !left.has(task)), ...(joined.get(id) ?? noTasks)];
    others.set(id, group.length === 0 ? noTasks : group);
  }
  const groups = last.groups.with(others);
  last = { tasks, groups, changed, before: last.groups };
  return groups;
}

/** The tasks of one service by id: what is said of them, and compared, must not depend on what was looked at before. */
export function inOrder(group: readonly SwarmTask[] = noTasks): readonly SwarmTask[] {
  return group.toSorted(byId);
}
