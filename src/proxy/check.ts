/**
 * `nginx -t`: what nginx thinks of a generation before it runs.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { InterlockError } from "../model/errors.ts";
import type { Generation } from "./stage.ts";

/** The flags nginx runs with, so that a check sees what a start sees. Source: nginx(8). */
export const nginxFlags: readonly string[] = ["-e", "stderr", "-g", "daemon off;"];

/** How many lines of nginx make a reason. */
const reasonLines = 3;

/**
 * Asks nginx whether a generation is sound.
 *
 * Shape: `undefined` when it is, else nginx's last lines.
 * Fails: TIMED_OUT when nginx does not answer (a name server that is silent, mostly); NGINX_FAILED when it cannot be started.
 * Why: nginx opens `/dev/stdout` and `/dev/stderr` anew when the configuration logs there, which works for files and
 * terminals but not for the sockets that Node makes of pipes; so its standard error is a file. A check leaves living unix
 * sockets and pid files alone, and does not notice a port that somebody else holds (`diagnose.ts`).
 */
export async function check(
  nginxPath: string,
  generation: Generation,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const transcript = join(generation.folder, "check.log");
  await using file = await open(transcript, "w");
  const child = spawn(nginxPath, ["-t", "-q", ...nginxFlags, "-c", join(generation.folder, "nginx.conf")], {
    stdio: ["ignore", "inherit", file.fd],
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    killSignal: "SIGKILL",
  });
  try {
    await once(child, "exit");
  } catch (cause) {
    signal.throwIfAborted();
    if (child.pid === undefined) throw new InterlockError("NGINX_FAILED", "nginx cannot be started", { cause });
    throw new InterlockError("TIMED_OUT", `nginx -t did not end within ${timeoutMs / 1_000} s`, { cause });
  }
  return child.exitCode === 0 ? undefined : reasonOf(await readFile(transcript, "utf8"), generation.folder);
}

/** The reason in what nginx said: its last lines without time, process id and the path of the generation. */
export function reasonOf(transcript: string, folder: string): string {
  const lines = transcript
    .split("\n")
    .map((line) => line.replace(/^\d{4}\/\d\d\/\d\d [\d:]+ (\[\w+\]) \d+#\d+: (?:\*\d+ )?/, "$1 ").trim())
    .filter((line) => line !== "" && !/^nginx: (the )?configuration file .* (test failed|syntax is ok)$/.test(line))
    .map((line) => line.replaceAll(`${folder}/`, ""));
  // A warning is not why nginx refused.
  const grave = lines.filter((line) => !/^(nginx: )?\[(debug|info|notice|warn)\]/.test(line));
  const reason = (grave.length > 0 ? grave : lines).slice(-reasonLines).join("\n");
  return reason === "" ? "nginx -t failed without a word" : reason;
}
