import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { SwarmTask } from "./snapshot.ts";
import { changedBetween, tasksByServiceOf } from "./tasks.ts";

const services = Array.from({ length: 300 }, (_, n) => `s${n}`);

function taskOf(id: number, serviceId: string): SwarmTask {
  return { id: String(1000 + id), serviceId, state: "running", desiredState: "running", addresses: [], hostPorts: [] };
}

function sorted(tasks: readonly SwarmTask[]): readonly SwarmTask[] {
  return tasks.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Most of the tasks of a list are in the next one too, of another service only when they are others. */
const task = fc.nat(900).chain((id) => fc.constantFrom(0, 1).map((more) => taskOf(id, `s${(id + more * 7) % 300}`)));
const lists = fc.array(
  fc.uniqueArray(task, { selector: ({ id }) => id, minLength: 0, maxLength: 400, size: "max" }).map(sorted),
  { minLength: 2, maxLength: 6 },
);

test("whatever the list before, each service has its tasks, and the very same list where they are the same", () => {
  fc.assert(
    fc.property(lists, fc.boolean(), (steps, carried) => {
      let before = tasksByServiceOf([]);
      let older: readonly SwarmTask[] = [];
      for (const step of steps) {
        const known = new Map(older.map((one) => [`${one.id} ${one.serviceId}`, one]));
        const tasks = carried ? step.map((one) => known.get(`${one.id} ${one.serviceId}`) ?? one) : step;

        const groups = tasksByServiceOf(tasks);

        const said = Map.groupBy(tasks, (one) => one.serviceId);
        const changed = changedBetween(before, groups);
        ok(changed !== undefined);
        for (const id of services) {
          deepEqual(sorted(groups.get(id) ?? []), said.get(id) ?? []);
          if (!changed.has(id)) equal(groups.get(id), before.get(id));
        }
        [before, older] = [groups, tasks];
      }
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

test("groups that are more than a step apart are not compared", () => {
  const [first, , third] = [1, 2, 3].map((id) => tasksByServiceOf([taskOf(id, "s1")]));
  ok(first && third);

  equal(changedBetween(first, third), undefined);
});
