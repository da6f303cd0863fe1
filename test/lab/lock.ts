/**
 * One at a time, across processes: tests run in parallel and all may want the builder.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { cacheDir, LabError } from "./names.ts";
import { startTime } from "./processes.ts";

/** Does `work` while holding the machine-wide lock `name`; a lock whose owner died is taken over. Waits at most ten minutes. */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const folder = join(cacheDir, "locks");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  const me = `${process.pid} ${startTime(process.pid) ?? ""}`;
  const deadline = performance.now() + 600_000;
  while (!take(file, me)) {
    if (performance.now() > deadline)
      throw new LabError(`waited ten minutes for the lock ${file} (held by pid ${owner(file)})`);
    await delay(100);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string, me: string): boolean {
  try {
    writeFileSync(file, me, { flag: "wx" });
    return true;
  } catch {
    const held = owner(file);
    const [pid = "", started = ""] = held.split(" ");
    if (held !== "" && startTime(Number(pid)) === started) return false;
    // The owner is gone. Renaming is atomic: of several who see this, one removes the stale file, the others fail and ask again.
    try {
      const aside = `${file}.stale.${process.pid}`;
      renameSync(file, aside);
      rmSync(aside, { force: true });
    } catch {
      // Another one was faster.
    }
    return false;
  }
}

function owner(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
