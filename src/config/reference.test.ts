/**
 * The reference page is what the schemas say, and every option in it is told completely and shown somewhere.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { coreTable } from "./schema-core.ts";
import { extensionTable } from "./schema-extension.ts";
import { nginxTable } from "./schema-nginx.ts";
import { allOptions, optionsReference } from "./reference.ts";

const root = join(import.meta.dirname, "../..");

test("docs/reference/options.md is what the schemas say", () => {
  const file = join(root, "docs/reference/options.md");
  const page = optionsReference();

  if (process.env["GOLDEN_UPDATE"] === "1") writeFileSync(file, page);
  assert.equal(readFileSync(file, "utf8"), page, "GOLDEN_UPDATE=1 writes it anew");
});

test("every key of every table is in the page, once", () => {
  const keys = [coreTable, extensionTable, nginxTable].flatMap(({ fields }) => Object.keys(fields));
  const headings = [...optionsReference().matchAll(/^### (\w+)$/gm)].map(([, key]) => key);

  assert.deepEqual(headings, keys);
  assert.equal(new Set(keys).size, keys.length);
});

test("what is told about a key is a piece of a sentence", () => {
  for (const { key, about } of allOptions()) {
    const effect = "effect" in about ? about.effect : about.noEffect;
    for (const text of [about.says, effect, about.differs ?? "none", about.since]) {
      assert.match(text, /^\S[^]*[^.\s]$/, `${key}: ${text}`);
      assert.doesNotMatch(text, /\n|\|/, key);
    }
  }
});

test("an example is a value that would be accepted", () => {
  const fields = { ...coreTable.fields, ...extensionTable.fields, ...nginxTable.fields };

  for (const { key, about } of allOptions()) {
    assert.ok(fields[key]?.safeParse(about.example).success, `${key}: ${JSON.stringify(about.example)}`);
  }
});

/** Options of nginx whose test is about more than the option, and so named otherwise. */
const shownBy: Readonly<Record<string, string>> = {
  IPHash: "test/behaviour/sticky.test.ts",
  SSLDefaultDHParam: "test/behaviour/tls-settings.test.ts",
};

test("every option of nginx with an effect has a test with a real nginx that is named after it", () => {
  const tests = globSync("test/behaviour/*.test.ts", { cwd: root }).map((file) =>
    readFileSync(join(root, file), "utf8"),
  );
  const titles = tests.flatMap((text) => [...text.matchAll(/\btest\(\s*["'`](.*)["'`],/g)].map(([, title]) => title));

  const unseen = allOptions()
    .filter(({ table, key, about }) => table.endsWith(".Config]") && "effect" in about && !(key in shownBy))
    .filter(({ key }) => !titles.some((title) => new RegExp(`\\b${key}\\b`).test(title ?? "")))
    .map(({ key }) => key);

  assert.deepEqual(unseen, []);
  for (const file of Object.values(shownBy)) assert.ok(globSync(file, { cwd: root }).length === 1, file);
});
