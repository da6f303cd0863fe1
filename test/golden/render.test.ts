/**
 * Each folder of `render/` is a story: `structure.json` in, `nginx.conf` and `routes.json` out. GOLDEN_UPDATE=1 rewrites
 * the expected side; people review the difference.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Bundle } from "../../src/model/bundle.ts";
import { render } from "../../src/render/render.ts";
import { checkWithNginx } from "../behaviour/nginx.ts";
import { skipReason } from "../behaviour/root.ts";
import { type StructureSketch, structureOf } from "./structure.ts";

const folder = join(import.meta.dirname, "render");

function bundleOfStory(story: string): Bundle {
  const sketch = JSON.parse(readFileSync(join(folder, story, "structure.json"), "utf8")) as StructureSketch;
  return render(structureOf(sketch));
}

for (const story of readdirSync(folder).toSorted()) {
  describe(`rendering: ${story.replaceAll("-", " ")}`, () => {
    test("gives the expected files", () => {
      const bundle = bundleOfStory(story);

      compare(join(folder, story, "nginx.conf"), bundle.nginxConf);
      compare(join(folder, story, "routes.json"), `${JSON.stringify(Object.fromEntries(bundle.routes), null, 2)}\n`);
    });

    test("is accepted by a real nginx without a word of complaint", { skip: skipReason }, async () => {
      const { code, words } = await checkWithNginx(bundleOfStory(story));

      assert.equal(code, 0, words);
      assert.doesNotMatch(words, /\[(warn|alert|emerg)\]/);
    });
  });
}

function compare(path: string, actual: string): void {
  if (process.env["GOLDEN_UPDATE"] === "1") writeFileSync(path, actual);
  assert.equal(actual, readFileSync(path, "utf8"), `${path} differs; GOLDEN_UPDATE=1 rewrites it`);
}
