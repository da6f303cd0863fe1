import assert from "node:assert/strict";
import { test } from "node:test";
import { Batch } from "./batch.ts";

test("changes are due when it has been quiet, counted from the last", () => {
  let now = 0;
  const batch = new Batch(() => now);

  const left = [batch.leftMs];
  batch.add();
  left.push(batch.leftMs);
  now = 300;
  batch.add();
  now = 600;
  left.push(batch.leftMs);
  now = 900;
  left.push(batch.leftMs);

  assert.deepEqual(left, [0, 500, 200, 0]);
});

test("an endless burst is due after the longest wait, and the next one begins anew", () => {
  let now = 0;
  const batch = new Batch(() => now);

  while (now === 0 || batch.leftMs > 0) {
    batch.add();
    now += 100;
  }
  const first = now;
  batch.clear();
  batch.add();

  assert.deepEqual([first, batch.leftMs], [2_000, 500]);
});
