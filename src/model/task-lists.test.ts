import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { SwarmTask, TaskList } from "./snapshot.ts";
import { differingTasks, stepBetween, tasksWith } from "./task-lists.ts";

function taskOf(id: number): SwarmTask {
  return { id: String(1000 + id), serviceId: "s", state: "", desiredState: "", addresses: [], hostPorts: [] };
}

function sorted(tasks: readonly SwarmTask[]): readonly SwarmTask[] {
  return tasks.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

const ids = fc.subarray(Array.from({ length: 60 }, (_, id) => id));

test("a list with other tasks is what taking out, putting in and sorting makes", () => {
  fc.assert(
    fc.property(ids, ids, ids, (all, cut, added) => {
      const tasks = all.map(taskOf);
      const gone = tasks.filter(({ id }) => cut.includes(Number(id) - 1000));
      // Others with the same ids too, as tasks whose state has changed are.
      const come = added.filter((id) => cut.includes(id) || !all.includes(id)).map(taskOf);

      const made = tasksWith(tasks, { gone, come });

      deepEqual([...made], sorted([...tasks.filter((task) => !gone.includes(task)), ...come]));
      deepEqual(differingTasks(tasks, made), { ...stepBetween(tasks, made), gone, come });
    }),
  );
});

test("step after step, whoever looks in between, it is the same list", () => {
  const step = fc.record({ cut: ids, added: ids, walked: fc.boolean() });
  fc.assert(
    fc.property(ids, fc.array(step, { minLength: 1, maxLength: 8 }), (all, taken) => {
      let made: TaskList = all.map(taskOf);
      let expected = [...made];
      for (const { cut, added, walked } of taken) {
        const gone = expected.filter(({ id }) => cut.includes(Number(id) - 1000));
        const kept = expected.filter((task) => !gone.includes(task));
        const come = added.filter((id) => !kept.some((task) => Number(task.id) - 1000 === id)).map(taskOf);
        made = tasksWith(made, { gone, come });
        expected = [...sorted([...kept, ...come])];
        if (walked) equal([...made].length, expected.length);
        equal(made.length, expected.length);
      }

      deepEqual([...made], expected);
      deepEqual(made.filter(Boolean), expected);
      equal(
        [...made].every((task, at) => task === expected[at]),
        true,
      );
    }),
  );
});

test("a step is known between two lists only of which one was made of the other", () => {
  const tasks = [1, 2, 3].map(taskOf);
  const next = tasksWith(tasks, { gone: tasks.slice(0, 1), come: [] });
  const after = tasksWith(next, { gone: [], come: [taskOf(0)] });

  equal(stepBetween(tasks, tasks), undefined);
  equal(stepBetween(tasks, after), undefined);
  equal(stepBetween(next, tasks), undefined);
  deepEqual(differingTasks(tasks, after), { gone: tasks.slice(0, 1), come: [...after].slice(0, 1) });
});
