import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { upstreamName } from "../model/names.ts";
import { Feedback } from "./feedback.ts";

const place = (last: number) => ({ address: `10.0.0.${last}`, port: 80 });
const dev = {
  endpoints: new Map([
    [upstreamName(["a"]), [place(1)]],
    [upstreamName(["b"]), [place(2)]],
  ]),
};
const prod = { endpoints: new Map([[upstreamName(["p"]), [place(1), place(3)]]]) };

/** Feedback that notes the looks it asks for, each as sorted names. */
function feedbackEvery(ms: number) {
  const looks: string[] = [];
  return { looks, feedback: new Feedback((services) => looks.push([...services].toSorted().join("+")), ms) };
}

void test("the first report leads to a look at once", () => {
  const { feedback, looks } = feedbackEvery(60_000);

  feedback.unreachable(dev, [place(1)]);

  assert.deepEqual(looks, ["a"]);
});

void test("reports that follow lead to one look together, when the interval is over", async () => {
  const { feedback, looks } = feedbackEvery(50);

  feedback.unreachable(dev, [place(1)]);
  feedback.unreachable(dev, [place(2)]);
  feedback.unreachable(prod, [place(3)]);
  feedback.unreachable(dev, [place(2), place(1)]);
  const before = [...looks];
  while (looks.length < 2) await sleep(5);
  await sleep(120);

  assert.deepEqual(before, ["a"]);
  assert.deepEqual(looks, ["a", "a+b+p"]);
});

void test("after a quiet interval the next report leads to a look at once again", async () => {
  const { feedback, looks } = feedbackEvery(20);

  feedback.unreachable(dev, [place(1)]);
  await sleep(60);
  feedback.unreachable(dev, [place(2)]);

  assert.deepEqual(looks, ["a", "b"]);
});

void test("a proxy leads to looks at services of its own cluster only, and at none for what nobody serves", () => {
  const { feedback, looks } = feedbackEvery(60_000);

  feedback.unreachable(dev, [place(3), { address: "10.0.0.1", port: 443 }]);
  feedback.unreachable(dev, []);
  feedback.unreachable(prod, [place(1)]);

  assert.deepEqual(looks, ["p"]);
});
