/**
 * Each file below `template/` is one template, its data and what Go's own text/template made of them; see the README there. Ours must
 * make the same text, and must refuse what Go refuses; at run time, at the same line.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, test } from "node:test";
import { InterlockError } from "../../src/model/errors.ts";
import { evaluate } from "../../src/template/evaluate.ts";
import { builtins } from "../../src/template/functions.ts";
import { parse } from "../../src/template/parser.ts";
import { valueOfJson } from "./template-data.ts";

const folder = join(import.meta.dirname, "template");

interface Case {
  readonly template: string;
  readonly data: string;
  readonly expected?: string;
  readonly error?: string;
}

function readCase(path: string): Case {
  const text = readFileSync(path, "utf8").replace(/^-- template --\n/, "");
  const found = /^([^]*?)(?:\n-- data --\n([^]*?))?\n-- (expected|error) --\n([^]*)\n$/.exec(text);
  assert.ok(found !== null, `${path} is no case`);
  const [, template = "", data = "", outcome = "", result = ""] = found;
  return { template, data, [outcome]: result };
}

function run({ template, data }: Case): string {
  const value = data === "" ? undefined : valueOfJson(JSON.parse(data));
  return evaluate(parse(template, new Set(builtins.keys())), value, builtins);
}

const files = globSync("*/*.txt", { cwd: folder }).toSorted();

for (const topic of new Set(files.map(dirname))) {
  describe(`templates: ${topic}`, () => {
    for (const file of files.filter((path) => dirname(path) === topic)) {
      const title = basename(file, ".txt").replaceAll("-", " ");
      const one = readCase(join(folder, file));
      if (one.expected !== undefined) {
        test(`${title}: prints what Go prints`, () => {
          assert.equal(run(one), one.expected);
        });
      } else {
        test(`${title}: is refused, as Go refuses it`, () => {
          const line = /^template: t:(\d+):\d+: executing/.exec(one.error ?? "")?.[1];
          assert.throws(
            () => run(one),
            (error) => {
              assert.ok(error instanceof InterlockError, String(error));
              assert.equal(error.code, "TEMPLATE_INVALID");
              if (line !== undefined) assert.equal(error.details["line"], Number(line), error.message);
              return true;
            },
          );
        });
      }
    }
  });
}

test("there are enough cases", () => {
  assert.ok(files.length >= 250, String(files.length));
});
