import { equal } from "node:assert/strict";
import { test } from "node:test";
import { age } from "./age.ts";

test("an age is said in the largest unit of which there are two", () => {
  const said = [0, 59.9, 119, 120, 7_199, 7_200, 172_799, 172_800].map(age);

  equal(said.join(", "), "0 s, 59 s, 119 s, 2 min, 119 min, 2 h, 47 h, 2 d");
});
