/**
 * Lists of all tasks of which the newer is the older one with a few others: made, and compared with it, without a walk over tens of thousands.
 */
import { differing, firstNot } from "./differing.ts";
import type { SwarmTask, TaskList } from "./snapshot.ts";

/** The tasks that are in one of two lists only. */
export interface TaskStep {
  readonly gone: readonly SwarmTask[];
  readonly come: readonly SwarmTask[];
}

/** How many tasks are kept beside the long list before they are put into it. */
const mostBeside = 64;

/** A long list with a few other tasks: as one list only when somebody walks over it. */
class SteppedList implements TaskList {
  readonly #most: readonly SwarmTask[];
  readonly #step: TaskStep;
  #whole: readonly SwarmTask[] | undefined;

  constructor(most: readonly SwarmTask[], step: TaskStep) {
    this.#most = most;
    this.#step = step;
  }

  /** This one after another step. */
  after({ gone, come }: TaskStep): SteppedList {
    if (this.#step.gone.length + this.#step.come.length > mostBeside) return new SteppedList(this.all, { gone, come });
    const [left, mine] = [new Set(gone), new Set(this.#step.come)];
    return new SteppedList(this.#most, {
      gone: [...this.#step.gone, ...gone.filter((task) => !mine.has(task))],
      come: [...this.#step.come.filter((task) => !left.has(task)), ...come],
    });
  }

  get all(): readonly SwarmTask[] {
    this.#whole ??= stepped(this.#most, this.#step);
    return this.#whole;
  }

  get length(): number {
    return this.#most.length + this.#step.come.length - this.#step.gone.length;
  }

  filter(keep: (task: SwarmTask) => boolean): SwarmTask[] {
    return this.all.filter(keep);
  }

  map<Answer>(of: (task: SwarmTask) => Answer): Answer[] {
    return this.all.map(of);
  }

  [Symbol.iterator](): ArrayIterator<SwarmTask> {
    return this.all[Symbol.iterator]();
  }
}

/** A list as it is walked over. */
export function allTasks(tasks: TaskList): readonly SwarmTask[] {
  if (tasks instanceof SteppedList) return tasks.all;
  return Array.isArray(tasks) ? tasks : [...tasks];
}

/** From which list another was made, and how. Weakly, so that no list keeps all those before it. */
const steps = new WeakMap<TaskList, TaskStep & { readonly from: WeakRef<TaskList> }>();

/**
 * A list without some of its tasks and with others, all sorted by id.
 *
 * Shape: `gone` are elements of `tasks`; none of `come` is equal to one of them.
 */
export function tasksWith(tasks: TaskList, { gone, come }: TaskStep): TaskList {
  const step = { gone, come };
  const made = tasks instanceof SteppedList ? tasks.after(step) : new SteppedList(allTasks(tasks), step);
  steps.set(made, { from: new WeakRef(tasks), ...step });
  return made;
}

/** The step by which the newer list was made of the older one; `undefined` when it was not, or not at once. */
export function stepBetween(older: TaskList, newer: TaskList): TaskStep | undefined {
  const step = steps.get(newer);
  return step?.from.deref() === older ? step : undefined;
}

/** The tasks that are in one list only, by identity; as {@link differing}, but known where the newer was made of the older one. */
export function differingTasks(older: TaskList, newer: TaskList): TaskStep {
  return stepBetween(older, newer) ?? differing(allTasks(older), allTasks(newer), ({ id }) => id);
}

/** A list without some tasks and with others; all sorted by id. */
function stepped(tasks: readonly SwarmTask[], { gone, come }: TaskStep): readonly SwarmTask[] {
  const cuts = [
    ...gone.map((task) => ({ at: firstNot(tasks, ({ id }) => id < task.id), gone: 1, come: [] })),
    ...come.map((task) => ({ at: firstNot(tasks, ({ id }) => id < task.id), gone: 0, come: [task] })),
  ];
  // At one place the tasks that come, by their ids, and then the one that goes.
  return spliced(
    tasks,
    cuts.toSorted((a, b) => a.at - b.at || a.gone - b.gone || byId(a.come, b.come)),
  );
}

function byId([one]: readonly SwarmTask[], [other]: readonly SwarmTask[]): number {
  return one === undefined || other === undefined || one.id === other.id ? 0 : one.id < other.id ? -1 : 1;
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
