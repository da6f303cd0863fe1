/**
 * The configuration in use at the path where an operator or a script of theirs looks for it (`ProxyConfigPath`).
 */
import { lstat, mkdir, rm, symlink } from "node:fs/promises";
import { dirname } from "node:path";
import { sentenceOf } from "../model/errors.ts";
import type { Logger } from "../telemetry/log.ts";

/**
 * Makes `path` a link to `conf`. A link of an earlier life is replaced; a file of somebody else's is left as it is.
 *
 * Shape: never throws. Where it cannot be done the log says why, and nothing else is different: nginx does not read it there.
 */
export async function showConf(path: string, conf: string, log: Logger): Promise<void> {
  // One folder, not those above it: with `recursive`, Node never comes back from below /proc.
  await mkdir(dirname(path)).catch(() => undefined);
  try {
    const there = await lstat(path).catch(() => undefined);
    if (there?.isSymbolicLink() === true) await rm(path);
    await symlink(conf, path);
  } catch (error) {
    log.warn({ path, reason: sentenceOf(error) }, "Configuration not shown at ProxyConfigPath");
  }
}
