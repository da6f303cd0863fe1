/**
 * The file by which the image's health check sees that a role is well.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { sleep } from "./wait.ts";

/** Where the image's health check looks (`images/interlock-healthy`). */
export const healthFile = "/run/interlock/healthy";

/**
 * Touches the health file every 5 s while `healthy()` says yes; removes it when not and at the end.
 *
 * Why: a file's age costs the health check two system calls; asking a Node process would cost a Node start each time.
 */
export async function beat(healthy: () => boolean, signal: AbortSignal, path: string = healthFile): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true }).catch(() => {});
    while (!signal.aborted) {
      // A full or read-only disk makes the file old, and the health check say so; that is no reason to end the role.
      await (healthy() ? writeFile(path, "") : rm(path, { force: true })).catch(() => {});
      await sleep(5_000, signal);
    }
  } finally {
    await rm(path, { force: true }).catch(() => {});
  }
}
