import assert from "node:assert/strict";
import { test } from "node:test";
import { wireRevision } from "../model/names.ts";
import { admit, afterLeaving, afterRefusal, afterServing, trialMs, type Trial } from "./rollout.ts";

const wanted = wireRevision("wanted");

test("the first proxy that asks tries, the second waits", () => {
  const first = admit({ kind: "untried" }, "a", 0);
  const second = admit(first.trial, "b", 1);

  assert.equal(first.admitted, true);
  assert.equal(second.admitted, false);
});

test("a proof on one proxy admits all", () => {
  const trial = afterServing({ kind: "trying", session: "a", untilMs: 1 }, wanted, wanted);

  assert.equal(admit(trial, "b", 0).admitted, true);
});

test("a proxy that still serves the old structure proves nothing", () => {
  const trial: Trial = { kind: "untried" };

  assert.equal(afterServing(trial, wanted, wireRevision("old")), trial);
});

test("a refusal stops the rollout", () => {
  const trial = afterRefusal({ kind: "trying", session: "a", untilMs: 1 }, "a", "unknown directive");

  assert.equal(admit(trial, "a", 0).admitted, false);
  assert.equal(admit(trial, "b", 0).admitted, false);
});

test("a refusal after a proof concerns that proxy alone", () => {
  assert.deepEqual(afterRefusal({ kind: "proven" }, "a", "disk full"), { kind: "proven" });
});

test("when the first proxy leaves without a word, or takes too long, another one tries", () => {
  const trying: Trial = { kind: "trying", session: "a", untilMs: trialMs };

  assert.deepEqual(afterLeaving(trying, "a"), { kind: "untried" });
  assert.equal(afterLeaving(trying, "b"), trying);
  assert.equal(admit(trying, "b", trialMs + 1).admitted, true);
});
