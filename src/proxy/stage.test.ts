import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hashOf } from "../model/bundle.ts";
import { proxyPaths, type ProxyPaths } from "./paths.ts";
import { activate, prune, stage } from "./stage.ts";

async function inFolder(body: (paths: ProxyPaths) => Promise<void>): Promise<void> {
  const run = await mkdtemp(join(tmpdir(), "interlock-run-"));
  try {
    const paths = proxyPaths(run, run);
    await mkdir(paths.generations);
    await body(paths);
  } finally {
    await rm(run, { recursive: true });
  }
}

test("a generation holds the configuration and its name, and is the same when staged again", async () => {
  await inFolder(async (paths) => {
    const one = await stage(paths, "events {}\n");
    const again = await stage(paths, "events {}\n");

    assert.deepEqual(again, one);
    assert.equal(one.folder, join(paths.generations, hashOf("events {}\n")));
    assert.equal(await readFile(join(one.folder, "nginx.conf"), "utf8"), "events {}\n");
    assert.equal(
      await readFile(join(one.folder, "identity.conf"), "utf8"),
      `set $interlock_structure "${one.structure}";\n`,
    );
    assert.deepEqual(await readdir(paths.generations), [one.structure]);
  });
});

test("a damaged generation is made anew", async () => {
  await inFolder(async (paths) => {
    const one = await stage(paths, "events {}\n");
    await writeFile(join(one.folder, "nginx.conf"), "eve");

    await stage(paths, "events {}\n");

    assert.equal(await readFile(join(one.folder, "nginx.conf"), "utf8"), "events {}\n");
  });
});

test("active moves from one generation to the next, and only the kept one stays", async () => {
  await inFolder(async (paths) => {
    const one = await stage(paths, "one");
    const two = await stage(paths, "two");

    await activate(paths, one);
    await activate(paths, two);
    await prune(paths, two);

    assert.equal(await readlink(paths.active), `generations/${two.structure}`);
    assert.equal(await readFile(join(paths.active, "nginx.conf"), "utf8"), "two");
    assert.deepEqual(await readdir(paths.generations), [two.structure]);
  });
});
