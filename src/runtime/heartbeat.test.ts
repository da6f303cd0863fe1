import { equal } from "node:assert/strict";
import { on } from "node:events";
import { existsSync, mkdtempSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { beat } from "./heartbeat.ts";

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "interlock-heartbeat-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Waits until something in the folder has come to be as asked. */
async function until(folder: string, done: () => boolean): Promise<void> {
  using cleanup = new DisposableStack();
  const watcher = cleanup.adopt(watch(folder), (each) => each.close());
  // Listening comes before the look: nothing that happens between the two is missed.
  const changes = on(watcher, "change", { signal: AbortSignal.timeout(10_000) });
  if (done()) return;
  for await (const _ of changes) if (done()) return;
}

test("the health file is there while the role is well, and gone when it ends", async (t) => {
  const folder = folderFor(t);
  const file = join(folder, "healthy");
  const controller = new AbortController();

  const beating = beat(() => true, controller.signal, file);
  await until(folder, () => existsSync(file));
  controller.abort();
  await beating;

  equal(existsSync(file), false);
});

test("a role that is not well has no health file, whatever an earlier life left", async (t) => {
  const folder = folderFor(t);
  const file = join(folder, "healthy");
  writeFileSync(file, "");
  const controller = new AbortController();

  const beating = beat(() => false, controller.signal, file);
  await until(folder, () => !existsSync(file));
  controller.abort();
  await beating;
});

test("the folder of the health file is made when it is missing", async (t) => {
  const folder = folderFor(t);
  const controller = new AbortController();

  const beating = beat(() => true, controller.signal, join(folder, "run", "healthy"));
  await until(folder, () => existsSync(join(folder, "run")));
  controller.abort();
  await beating;
});
