import { equal } from "node:assert/strict";
import { test } from "node:test";
import { UsualLook, wholeLookEveryMs } from "./pace.ts";

const pace = { pollIntervalMs: 3_000, usualMs: 100, hearing: true };

test("looks that cost little come every PollInterval", () => {
  equal(wholeLookEveryMs(pace), 3_000);
});

test("looks that take long come so seldom that they take a thirtieth of the time, and at least every minute", () => {
  equal(wholeLookEveryMs({ ...pace, usualMs: 1_000 }), 30_000);
  equal(wholeLookEveryMs({ ...pace, usualMs: 8_000 }), 60_000);
});

test("an operator's longer PollInterval counts", () => {
  equal(wholeLookEveryMs({ ...pace, usualMs: 8_000, pollIntervalMs: 90_000 }), 90_000);
});

test("without events nothing else tells what changed: every PollInterval, whatever it costs", () => {
  equal(wholeLookEveryMs({ ...pace, usualMs: 8_000, hearing: false }), 3_000);
});

test("one slow look changes nothing, five do", () => {
  const usual = new UsualLook();
  equal(usual.ms, 0);
  for (const ms of [100, 120, 9_000]) usual.took(ms, 50);
  equal(usual.ms, 100);
  for (const ms of [9_000, 8_000, 9_000, 9_000]) usual.took(ms, 50);
  equal(usual.ms, 8_000);
});

test("a look that takes more CPU than time counts by that", () => {
  const usual = new UsualLook();
  usual.took(250, 900);
  equal(usual.ms, 900);
});
