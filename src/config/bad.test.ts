/**
 * Every way of getting the configuration wrong that we could think of, as files; the same files are put on a real Swarm
 * by the end-to-end test. `GOLDEN_UPDATE=1` rewrites the expected messages.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { isInterlockError } from "../model/errors.ts";
import { configReport } from "./check.ts";
import { readConfig } from "./load.ts";

const folder = new URL("../../test/golden/config/bad/", import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith(".toml"));

function refusalOf(content: Uint8Array): string {
  try {
    readConfig(content, "/config.toml");
  } catch (error) {
    assert.ok(isInterlockError(error) && error.code.startsWith("CONFIG_"), `not a CONFIG_ error: ${String(error)}`);
    return error.message;
  }
  return assert.fail("was accepted");
}

test("there are many kinds of bad configuration", () => {
  assert.ok(names.length >= 70);
});

for (const name of names) {
  test(`a bad configuration is refused with its place and remedy: ${name}`, () => {
    const content = readFileSync(new URL(name, folder));
    const expected = new URL(name.replace(/\.toml$/, ".txt"), folder);

    const message = refusalOf(content);

    if (process.env["GOLDEN_UPDATE"] === "1") writeFileSync(expected, `${message}\n`);
    assert.equal(`${message}\n`, readFileSync(expected, "utf8"));
    assert.match(message, /^\/config\.toml:\d+:\d+: [^\n]+; [^\n]+$/);
    assert.doesNotMatch(message, /\p{Cc}/u);
    const report = configReport(content, "/config.toml");
    assert.equal(report.exitCode, 2);
    assert.equal(report.lines[0], message.replace(/ \(and \d+ more\)$/, ""));
  });
}
