import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { backoffMs } from "./wait.ts";

test("a backoff doubles up to its bound, and takes between half and all of it", () => {
  const ends = (failures: number): readonly number[] =>
    [0, 0.999_999].map((r) => backoffMs(failures, 200, 5_000, () => r));
  for (const [failures, ceiling] of [200, 400, 800, 1_600, 3_200, 5_000, 5_000].entries()) {
    const [least = 0, most = 0] = ends(failures);
    equal(least, ceiling / 2);
    ok(most > ceiling * 0.99 && most <= ceiling);
  }
});

test("a thousand proxies that lost core at once come back spread over seconds, and none waits longer than the bound", () => {
  // Numbers that look random and are the same each time (Park and Miller's).
  let state = 1;
  const random = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const backAt = 60_000;
  const arrivals = Array.from({ length: 1_000 }, () => {
    let at = 0;
    for (let failures = 0; at < backAt; failures += 1) at += backoffMs(failures, 200, 5_000, random);
    return at - backAt;
  });
  const perTenth = new Map<number, number>();
  for (const ms of arrivals) perTenth.set(Math.floor(ms / 100), (perTenth.get(Math.floor(ms / 100)) ?? 0) + 1);
  const busiest = Math.max(...perTenth.values());
  ok(busiest < 50, `${busiest} of 1,000 came within a tenth of a second`);
  ok(Math.max(...arrivals) <= 5_000);
});
