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

/** Above this many cuts a list is put together of pieces; a cut moves all that stands behind it. */
const mostCuts = 32;

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
  const made = cuts.length > mostCuts ? pieced(tasks, cuts) : spliced(tasks, cuts);
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
  return stepBetween(older, newer) ?? differing(older, newer);
}

interface Cut {
  readonly at: number;
  readonly gone: number;
  readonly come: readonly SwarmTask[];
}

function spliced(tasks: readonly SwarmTask[], cuts: readonly Cut[]): SwarmTask[] {
  const made = [...tasks];
  for (const cut of cuts.toReversed()) made.splice(cut.at, cut.gone, ...cut.come);
  return made;
}

function pieced(tasks: readonly SwarmTask[], cuts: readonly Cut[]): SwarmTask[] {
  const pieces: (readonly SwarmTask[])[] = [];
  let at = 0;
  for (const cut of cuts) {
    pieces.push(tasks.slice(at, cut.at), cut.come);
    at = cut.at + cut.gone;
  }
  return tasks.slice(0, 0).concat(...pieces, tasks.slice(at));
}
