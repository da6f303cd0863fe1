import { equal } from "node:assert/strict";
import { test } from "node:test";
import { Bell } from "./bell.ts";

/** Longer than any test: a wait that ends was woken. */
const hourMs = 3_600_000;
const never = new AbortController().signal;

test("a ring wakes everyone who waits", async () => {
  const bell = new Bell();
  using one = bell.listen();
  using other = bell.listen();
  const woken = Promise.all([one.wait(hourMs, never), other.wait(hourMs, never)]);

  bell.ring();

  equal((await woken).every(Boolean), true);
});

test("a ring before the wait is not missed", async () => {
  const bell = new Bell();
  using listener = bell.listen();

  bell.ring();

  equal(await listener.wait(hourMs, never), true);
});

test("many rings before a wait are one", async () => {
  const bell = new Bell();
  using listener = bell.listen();

  bell.ring();
  bell.ring();

  equal(await listener.wait(hourMs, never), true);
  equal(await listener.wait(1, never), false);
});

test("a ring before somebody listened is not his", async () => {
  const bell = new Bell();
  bell.ring();

  using listener = bell.listen();

  equal(await listener.wait(1, never), false);
});

test("a wait without a ring ends in time and says so", async () => {
  using listener = new Bell().listen();

  equal(await listener.wait(1, never), false);
});

test("a signal ends the wait, also one that fired before", async () => {
  using listener = new Bell().listen();
  const controller = new AbortController();
  const waiting = listener.wait(hourMs, controller.signal);

  controller.abort();

  equal(await waiting, false);
  equal(await listener.wait(hourMs, controller.signal), false);
});

test("who has left is not woken", async () => {
  const bell = new Bell();
  const listener = bell.listen();
  listener[Symbol.dispose]();

  bell.ring();

  equal(await listener.wait(1, never), false);
});
