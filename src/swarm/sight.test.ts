import { equal } from "node:assert/strict";
import { test } from "node:test";
import { isBlind } from "./sight.ts";

test("what was seen stands while nothing was due, however old it is", () => {
  equal(isBlind({ usualMs: 0 }), false);
});

test("a look that hangs, or looks that fail, blind core after three seconds", () => {
  equal(isBlind({ unseenForMs: 3_000, usualMs: 0 }), false);
  equal(isBlind({ unseenForMs: 3_001, usualMs: 0 }), true);
});

test("on a Swarm where looks take long, they may", () => {
  equal(isBlind({ unseenForMs: 6_000, usualMs: 4_000 }), false);
  equal(isBlind({ unseenForMs: 7_001, usualMs: 4_000 }), true);
});
