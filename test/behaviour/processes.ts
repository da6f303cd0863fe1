/**
 * The processes of a test's nginx, as the kernel lists them.
 */
import { readFileSync } from "node:fs";

/** The master below a process, however many wrappers are in between. */
export function masterBelow(pid: number): number {
  const masters = [pid, ...descendants(pid)].filter((one) => title(one).includes("nginx: master process"));
  const master = masters[0];
  if (master === undefined) throw new Error(`there is no nginx below ${pid}`);
  return master;
}

/** The workers of a master that take connections; one that is leaving does not. */
export function workersOf(master: number): readonly number[] {
  return descendants(master).filter((one) => title(one).endsWith("worker process"));
}

/** What a process and those below it have in memory, in bytes. */
export function memoryOf(pid: number): number {
  return [pid, ...descendants(pid)].reduce((sum, one) => sum + memoryOfOne(one), 0);
}

/** What a process has in memory, in bytes; pages it shares with others are shared out. Source: proc_pid_smaps(5), Pss. */
export function memoryOfOne(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024;
}

/** All processes below one. */
export function descendants(pid: number): readonly number[] {
  const list = read(`/proc/${pid}/task/${pid}/children`).trim();
  const children = list === "" ? [] : list.split(" ").map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function title(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replace(/[\0 ]+$/, "");
}

/** Empty when the process has ended while we looked. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
