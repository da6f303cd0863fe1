/**
 * Lists of all tasks of which the newer is the older one with a few others: made, and compared with it, without a walk over tens of thousands.
 */
import { differing, firstNot } from "./differing.ts";
import type { SwarmTask } from "./snapshot.ts";

/** The tasks that are in one of two lists only. */
export interface TaskStep {
  readonly gone: readonly SwarmTask[];
  readonly come: readonly SwarmTask[];
}

/** From which list another was made, and how. Weakly, so that no list keeps all those before it. */
const steps = new WeakMap<readonly SwarmTask[], TaskStep & { readonly from: WeakRef<readonly SwarmTask[]> }>();

/**
 * A list without some of its tasks and with others, all sorted by id.
 *
 * Shape: `gone` are elements of `tasks`; none of `come` is equal to one of them.
 */
export function tasksWith(tasks: readonly SwarmTask[], { gone, come }: TaskStep): readonly SwarmTask[] {
  const cuts = [
    ...gone.map((task) => ({ at: firstNot(tasks, ({ id }) => id < task.id), gone: 1, come: [] })),
    ...come.map((task) => ({ at: firstNot(tasks, ({ id }) => id < task.id), gone: 0, come: [task] })),
  ].toSorted((a, b) => a.at - b.at || a.gone - b.gone);
  const made = spliced(tasks, cuts);
  steps.set(made, { from: new WeakRef(tasks), gone, come });
  return made;
}

/** The step by which the newer list was made of the older one; `undefined` when it was not, or not at once. */
export function stepBetween(older: readonly SwarmTask[], newer: readonly SwarmTask[]): TaskStep | undefined {
  const step = steps.get(newer);
  return step?.from.deref() === older ? step : undefined;
}

/** The tasks that are in one list only, by identity; as {@link differing}, but known where the newer was made of the older one. */
export function differingTasks(older: readonly SwarmTask[], newer: readonly SwarmTask[]): TaskStep {
  return stepBetween(older, newer) ?? differing(older, newer, ({ id }) => id);
}

interface Cut {
  readonly at: number;
  readonly gone: number;
  readonly come: readonly SwarmTask[];
}

/**
 * Why not a splice for each cut: to copy a long list is nearly all that this costs, and each splice moves what stands behind it once more. What stands
 * behind the last cut stays where it is when as many tasks came as went.
 */
function spliced(tasks: readonly SwarmTask[], cuts: readonly Cut[]): readonly SwarmTask[] {
  const come = cuts.flatMap((cut) => cut.come);
  const more = come.length - cuts.reduce((sum, cut) => sum + cut.gone, 0);
  // As long as it will be, and longer by nothing: to grow is to be copied again.
  const made = more > 0 ? tasks.concat(come.slice(0, more)) : tasks.slice();
  let from = cuts[0]?.at ?? 0;
  let to = from;
  const move = (end: number): void => {
    for (; from < end; from += 1, to += 1) {
      const task = tasks[from];
      if (task !== undefined) made[to] = task;
    }
  };
  for (const cut of cuts) {
    move(cut.at);
    from += cut.gone;
    for (const task of cut.come) made[to++] = task;
  }
  if (more !== 0) move(tasks.length);
  made.length = tasks.length + more;
  return made;
}
