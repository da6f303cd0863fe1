import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { table } from "./table.ts";

test("a column is as wide as its widest cell, and no line ends in spaces", () => {
  const lines = table(
    ["HOST", "UPSTREAM"],
    [
      ["a.example", "web"],
      ["b", "a-long-name"],
    ],
  );

  deepEqual(lines, ["HOST       UPSTREAM", "a.example  web", "b          a-long-name"]);
});

test("a table without rows is its heading, and a short row is no harm", () => {
  deepEqual(table(["A", "B"], []), ["A  B"]);
  deepEqual(table(["A", "B"], [["1"]]), ["A  B", "1"]);
});
