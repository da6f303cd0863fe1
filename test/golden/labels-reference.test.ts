/**
 * `docs/reference/labels.md` is what the catalogue says. GOLDEN_UPDATE=1 writes it.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { labelsReference } from "../../src/labels/reference.ts";

const file = join(import.meta.dirname, "../../docs/reference/labels.md");

test("the page of the labels is the one their catalogue makes", () => {
  if (process.env["GOLDEN_UPDATE"] !== undefined) writeFileSync(file, labelsReference());

  assert.equal(readFileSync(file, "utf8"), labelsReference());
});
