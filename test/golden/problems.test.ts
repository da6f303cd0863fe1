/**
 * `docs/problems.md` and the code name the same problems and errors.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { errorCodes } from "../../src/model/errors.ts";
import { problemCodes } from "../../src/model/problem.ts";

const root = join(import.meta.dirname, "../..");
const codes = [...Object.keys(problemCodes), ...Object.keys(errorCodes)].toSorted();

/** Text of each section by its heading. */
function sections(): ReadonlyMap<string, string> {
  const parts = readFileSync(join(root, "docs/problems.md"), "utf8").split(/^### /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n")).trim()]));
}

test("every code has its section, and every section its code", () => {
  assert.deepEqual([...sections().keys()].toSorted(), codes);
});

test("a section of a problem begins with what it costs", () => {
  for (const [code, severity] of Object.entries(problemCodes)) {
    const first = sections().get(code)?.split(".")[0]?.toLowerCase();
    assert.equal(first, severity, code);
  }
});

test("every code is used outside of the list it stands in", () => {
  const files = globSync("src/**/*.ts", { cwd: root, exclude: ["src/**/*.test.ts", "src/rpc/gen/**"] });
  const lists = ["src/model/errors.ts", "src/model/problem.ts"];
  const code = files
    .filter((file) => !lists.includes(file))
    .map((file) => readFileSync(join(root, file), "utf8"))
    .join("\n");

  const unused = codes.filter((each) => !code.includes(`"${each}"`));

  assert.deepEqual(unused, []);
});
