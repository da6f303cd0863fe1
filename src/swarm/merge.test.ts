import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Snapshot, SwarmTask } from "../model/snapshot.ts";
import { carryOver, changedServices, withTasks } from "./merge.ts";

const empty: Snapshot = { services: [], tasks: [], networks: [], nodes: [], configs: [], secrets: [] };

function taskOf(id: string, serviceId: string, state = "running"): SwarmTask {
  return {
    id,
    serviceId,
    state,
    desiredState: "running",
    addresses: [{ networkId: "n", address: "10.0.0.1" }],
    hostPorts: [],
  };
}

test("an equal look is the same object as before", () => {
  const before = { ...empty, tasks: [taskOf("1", "a"), taskOf("2", "b")] };

  assert.equal(carryOver(before, structuredClone(before)), before);
});

test("what did not change keeps its identity", () => {
  const before = { ...empty, tasks: [taskOf("1", "a"), taskOf("2", "b"), taskOf("3", "c")] };
  const after = carryOver(before, {
    ...structuredClone(before),
    tasks: [taskOf("1", "a"), taskOf("2", "b", "failed"), taskOf("4", "d")],
  });

  assert.equal([...after.tasks][0], [...before.tasks][0]);
  assert.equal(after.services, before.services);
  assert.deepEqual(changedServices(before, after), ["b", "c", "d"]);
});

test("tasks of a hot look replace those of its services only", () => {
  const before = { ...empty, tasks: [taskOf("1", "a"), taskOf("2", "b"), taskOf("3", "a")] };

  const after = withTasks(before, ["a"], [taskOf("0", "a"), taskOf("3", "a")]);

  assert.deepEqual(
    after.tasks.map((task) => task.id),
    ["0", "2", "3"],
  );
  assert.equal([...after.tasks][1], [...before.tasks][1]);
  assert.equal(withTasks(before, ["a"], [taskOf("1", "a"), taskOf("3", "a")]), before);
});

test("a hot look at some services is as a whole look that shows the same", () => {
  const tasks = fc.uniqueArray(
    fc.record({
      id: fc.stringMatching(/^[a-d]{1,2}$/),
      s: fc.constantFrom("x", "y", "z"),
      state: fc.constantFrom("1", "2"),
    }),
    { selector: (task) => task.id, maxLength: 12 },
  );
  const lists = fc
    .record({ older: tasks, newer: tasks, services: fc.subarray(["x", "y", "z"]) })
    .map(({ older, newer, services }) => {
      const kept = older.filter(({ s }) => !services.includes(s));
      const come = newer.filter(({ id, s }) => services.includes(s) && !kept.some((task) => task.id === id));
      const [before, seen, whole] = [older, come, [...kept, ...come]].map((list) =>
        list.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(({ id, s, state }) => taskOf(id, s, state)),
      );
      return { before: { ...empty, tasks: before ?? [] }, seen: seen ?? [], whole: whole ?? [], services };
    });
  fc.assert(
    fc.property(lists, ({ before, seen, whole, services }) => {
      const after = withTasks(before, services, seen);

      const wholly = carryOver(before, { ...empty, tasks: whole });
      assert.deepEqual([...after.tasks], whole);
      assert.equal(after === before, wholly === before);
      for (const [index, task] of [...wholly.tasks].entries()) {
        if (before.tasks.includes(task)) assert.equal([...after.tasks][index], task);
      }
    }),
  );
});

test("carrying over never changes what a look says", () => {
  const tasks = fc
    .uniqueArray(fc.record({ id: fc.stringMatching(/^[a-d]$/), s: fc.constantFrom("x", "y"), state: fc.string() }), {
      selector: (task) => task.id,
    })
    .map((list) => list.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(({ id, s, state }) => taskOf(id, s, state)));
  fc.assert(
    fc.property(tasks, tasks, (older, newer) => {
      const merged = carryOver({ ...empty, tasks: older }, { ...empty, tasks: newer });
      assert.deepEqual(merged.tasks, newer);
    }),
  );
});
