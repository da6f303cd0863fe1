/**
 * Every story of this folder comes out as written down.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { problemCodes } from "../../../src/model/problem.ts";
import { type Story, decide } from "./story.ts";
import { told } from "./told.ts";

const folder = import.meta.dirname;
const stories = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .toSorted();

function read(name: string): Story {
  return JSON.parse(readFileSync(join(folder, name, "story.json"), "utf8")) as Story;
}

for (const name of stories)
  void test(`${name}: ${read(name).story}`, () => {
    const story = read(name);
    const file = join(folder, name, "desired.txt");

    const text = told(story, decide(story));

    if (process.env["GOLDEN_UPDATE"] === "1") writeFileSync(file, text);
    ok(existsSync(file), `${name}/desired.txt is missing; GOLDEN_UPDATE=1 writes it`);
    equal(text, readFileSync(file, "utf8"));
  });

/** Found where the content of secrets is read, which deciding never sees. */
const foundLater = new Set([
  "CERTIFICATE_UNREADABLE",
  "CERTIFICATE_KEY_MISMATCH",
  "CERTIFICATE_EXPIRED",
  "CERTIFICATE_EXPIRES_SOON",
  "CERTIFICATE_OTHER_HOST",
]);

void test("every problem that deciding can find is told in a story", () => {
  const found = new Set<string>(stories.flatMap((name) => decide(read(name)).problems.map((problem) => problem.code)));

  const untold = Object.keys(problemCodes).filter((code) => !found.has(code) && !foundLater.has(code));

  deepEqual(untold, []);
});
