import assert from "node:assert/strict";
import { test } from "node:test";
import { wireRevision } from "../model/names.ts";
import { healthOf } from "./health.ts";

const control = {
  identity: () => Promise.resolve({ structure: wireRevision("a"), pid: 1, generation: 1, waiting: 0 }),
};

/** What the health is at some seconds after the start. */
async function healthAt(
  seconds: readonly number[],
  state: (second: number) => { readonly ready?: boolean; readonly certified: boolean; readonly told: boolean },
): Promise<readonly boolean[]> {
  let now = 0;
  const agent = {
    get ready() {
      return state(now / 1_000).ready ?? true;
    },
    get certified() {
      return state(now / 1_000).certified;
    },
    get told() {
      return state(now / 1_000).told;
    },
  };
  const healthy = healthOf(agent, control, () => now);
  const answers = [];
  for (const second of seconds) {
    now = second * 1_000;
    answers.push(await healthy());
  }
  return answers;
}

test("a proxy with everything it should have is healthy at once", async () => {
  assert.deepEqual(await healthAt([0], () => ({ certified: true, told: true })), [true]);
  assert.deepEqual(await healthAt([0], () => ({ ready: false, certified: true, told: true })), [false]);
});

test("certificates that core has to get first are awaited for half a minute", async () => {
  assert.deepEqual(await healthAt([0, 29, 30], () => ({ certified: false, told: true })), [false, false, true]);
});

test("a core that does not speak is awaited for some seconds, and what it says later takes no health away", async () => {
  const answers = await healthAt([0, 4, 5, 6], (second) => ({ certified: false, told: second > 5 }));

  assert.deepEqual(answers, [false, false, true, true]);
});

test("an nginx that lost its certificates later is healthy all the same while it serves", async () => {
  assert.deepEqual(await healthAt([0, 1], (second) => ({ certified: second < 1, told: true })), [true, true]);
});
