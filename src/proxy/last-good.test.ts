import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hashOf } from "../model/bundle.ts";
import { isInterlockError } from "../model/errors.ts";
import { upstreamName } from "../model/names.ts";
import { readLastGood, writeLastGood, type StoredLastGood } from "./last-good.ts";

const app = upstreamName(["app"]);

function good(nginxConf: string, port: number): StoredLastGood {
  return {
    nginxConf,
    structure: hashOf(nginxConf),
    tables: {
      routes: new Map([["*", [{ path: "/", upstream: app, profile: "default" }]]]),
      endpoints: new Map([[app, [{ address: "10.0.0.1", port }]]]),
      names: new Map([[app, [{ name: "tasks.app.apps", port }]]]),
    },
    memories: new Map([["svc1", `{"port":${port}}`]]),
  };
}

async function inFolder(body: (state: string, folder: string) => Promise<void>): Promise<void> {
  const state = await mkdtemp(join(tmpdir(), "interlock-state-"));
  try {
    await body(state, join(state, "last-good"));
  } finally {
    await rm(state, { recursive: true, force: true });
  }
}

test("what was written is read, new structures and new tables alike, and nothing else is left behind", async () => {
  await inFolder(async (state, folder) => {
    for (const next of [good("one", 80), good("one", 81), good("two", 82), good("two", 83)]) {
      await writeLastGood(folder, next);
      assert.deepEqual(await readLastGood(folder), next);
    }
    assert.equal((await readdir(state)).length, 2);
    assert.deepEqual((await readdir(folder)).toSorted(), ["nginx.conf", "tables.json"]);
    assert.equal(await readFile(join(folder, "nginx.conf"), "utf8"), "two");
  });
});

test("a file without names and memories, as the first versions wrote it, is read as one that has none", async () => {
  await inFolder(async (_state, folder) => {
    await writeLastGood(folder, good("one", 80));
    const file = join(folder, "tables.json");
    const { content } = JSON.parse(await readFile(file, "utf8")) as { content: Record<string, unknown> };
    const { memories: _, names: __, ...older } = content;
    await writeFile(file, JSON.stringify({ checksum: hashOf(JSON.stringify(older)), content: older }));

    const read = await readLastGood(folder);

    assert.deepEqual([read?.memories, read?.tables], [new Map(), { ...good("one", 80).tables, names: new Map() }]);
  });
});

test("where nothing was ever written, there is nothing", async () => {
  await inFolder(async (state, folder) => {
    assert.equal(await readLastGood(folder), undefined);
    assert.equal(await readLastGood(join(state, "no/such/volume")), undefined);
  });
});

test("a plain folder in the place is replaced", async () => {
  await inFolder(async (_state, folder) => {
    await mkdir(folder);
    await writeLastGood(folder, good("one", 80));

    assert.equal((await readLastGood(folder))?.nginxConf, "one");
  });
});

test("damage is noticed in either file, and a missing one is an error", async () => {
  await inFolder(async (_state, folder) => {
    const damages: readonly (readonly [file: string, change: (text: string) => string])[] = [
      ["nginx.conf", (text) => text.slice(0, -1)],
      ["tables.json", (text) => text.replace("10.0.0.1", "10.0.0.9")],
      ["tables.json", (text) => text.slice(0, 20)],
      ["tables.json", () => "null"],
      ["tables.json", () => ""],
    ];
    for (const [file, change] of damages) {
      await rm(folder, { recursive: true, force: true });
      await writeLastGood(folder, good("one two three", 80));
      await writeFile(join(folder, file), change(await readFile(join(folder, file), "utf8")));

      await assert.rejects(readLastGood(folder), (error) => isInterlockError(error, "NGINX_REFUSED"));
    }
    await rm(join(folder, "nginx.conf"));
    await assert.rejects(readLastGood(folder), /ENOENT/);
  });
});
