import assert from "node:assert/strict";
import { test } from "node:test";
import { tooMany } from "./leavers.ts";
import type { Member } from "./processes.ts";

/** Workers by the times they started at; the last `serving` of them take requests. */
function workers(started: readonly number[], serving: number): readonly Member[] {
  return started.map((startedTicks, at) => ({
    pid: 1_000 - at,
    startedTicks,
    leaving: at < started.length - serving,
  }));
}

test("the oldest are ended, as many as make room for those that leave with the reload", () => {
  const ended = tooMany(workers([30, 10, 20, 40], 1), 3).map(({ startedTicks }) => startedTicks);

  assert.deepEqual(ended, [10]);
});

test("generations are counted by how many workers serve", () => {
  const eight = [1, 1, 2, 2, 3, 3, 4, 4];

  assert.deepEqual(tooMany(workers(eight, 2), 4), []);
  assert.deepEqual(
    tooMany(workers(eight, 2), 3).map(({ startedTicks }) => startedTicks),
    [1, 1],
  );
});

test("none is ended while there are few, or when none serves", () => {
  assert.deepEqual(tooMany([], 8), []);
  assert.deepEqual(tooMany(workers([1, 2, 3], 3), 1), []);
  assert.deepEqual(tooMany(workers([1, 2], 0), 8), []);
});
