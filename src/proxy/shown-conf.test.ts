import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeLogger } from "../telemetry/log.ts";
import { showConf } from "./shown-conf.ts";

const log = makeLogger({ role: "test", debug: false });

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "interlock-shown-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("what is read at the path is the configuration in use, also after it was shown before", () =>
  inFolder(async (folder) => {
    const conf = join(folder, "active.conf");
    const path = join(folder, "deeper/nginx.conf");
    await writeFile(conf, "events {}\n");

    await showConf(path, "/somewhere/else", log);
    await showConf(path, conf, log);

    assert.equal(await readFile(path, "utf8"), "events {}\n");
  }));

test("a file that stands there is somebody's, and a place that cannot be written costs nothing but a warning", () =>
  inFolder(async (folder) => {
    const path = join(folder, "nginx.conf");
    await writeFile(path, "mine\n");

    await showConf(path, "/active.conf", log);
    await showConf("/proc/nowhere/nginx.conf", "/active.conf", log);

    assert.equal(await readFile(path, "utf8"), "mine\n");
  }));
