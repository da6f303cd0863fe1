/**
 * Finding processes: by what /proc says about them, never by name alone.
 */
import { readFileSync, readdirSync, readlinkSync } from "node:fs";

/** One process as /proc shows it. */
export type Found = { readonly pid: number; readonly argv: readonly string[] };

/** Every process of the machine whose command line can be read (kernel threads have none and are left out). */
export function processes(): readonly Found[] {
  const found: Found[] = [];
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const argv = read(`/proc/${pid}/cmdline`).split("\0").slice(0, -1);
    if (argv.length > 0) found.push({ pid, argv });
  }
  return found;
}

/** True when the process carries `name=value` in the environment it was started with. */
export function hasEnvironment(pid: number, name: string, value: string): boolean {
  return read(`/proc/${pid}/environ`).split("\0").includes(`${name}=${value}`);
}

/** True when the process lives in another mount namespace than ours and something below one of `folders` is mounted there. */
export function hasMountsBelow(pid: number, folders: readonly string[]): boolean {
  try {
    if (readlinkSync(`/proc/${pid}/ns/mnt`) === readlinkSync("/proc/self/ns/mnt")) return false;
  } catch {
    return false;
  }
  const mounts = read(`/proc/${pid}/mountinfo`);
  return folders.some((folder) => mounts.includes(`${folder}/`));
}

/** The pid the process has in its innermost pid namespace (1 for the first process of a node). */
export function innerPid(pid: number): number | undefined {
  const line = /^NSpid:\s*(.*)$/m.exec(read(`/proc/${pid}/status`))?.[1];
  return line === undefined ? undefined : Number(line.trim().split(/\s+/).at(-1));
}

/** Clock ticks after boot at which the process started; with the pid, a name that is never used twice. */
export function startTime(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat === "" ? undefined : stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

/** True while the process exists and has not ended (a zombie has). */
export function alive(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  return stat !== "" && stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
}

/** Sends a signal; quietly nothing when the process is gone. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already, which is what was wanted of most signals.
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // it ended while we looked
  }
}
