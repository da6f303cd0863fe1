/**
 * The gate itself.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { budgets } from "./budgets.ts";
import { constant, verdict } from "./verdict.ts";

const ten = { most: 10, unit: "calls", what: "a look" } as const;

test("a count within its budget is well, down to four fifths of it", () => {
  assert.deepEqual(
    [10, 9, 8].map((actual) => verdict("look", ten, actual)),
    [undefined, undefined, undefined],
  );
});

test("a count above its budget says both and what to do", () => {
  assert.match(verdict("look", ten, 11) ?? "", /^look \(a look\): 11 calls, budget 10\. Too many: find the change/);
});

test("a count far below its budget asks for the budget to be lowered", () => {
  assert.match(verdict("look", ten, 7) ?? "", /^look \(a look\): 7 calls, budget 10\. Better .* lower it/);
});

test("a budget of nothing is kept by nothing", () => {
  const none = { ...ten, most: 0 };
  assert.equal(verdict("look", none, 0), undefined);
  assert.match(verdict("look", none, 1) ?? "", /Too many/);
});

test("a cost that grows with the Swarm is found", () => {
  constant("bytes", 100, 105);
  assert.throws(() => constant("bytes", 100, 106), /bytes: 100 at 100 services, 106 at 1,000\. It must not depend/);
});

test("every budget is held against a count by some test", () => {
  const files = globSync(join(import.meta.dirname, "*.test.ts")).filter((file) => file !== import.meta.filename);
  const tests = files.map((file) => readFileSync(file, "utf8")).join("");
  const idle = Object.keys(budgets).filter((name) => !tests.includes(`"${name}"`));
  assert.deepEqual(idle, []);
});
