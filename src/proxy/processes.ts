/**
 * nginx's processes as the kernel lists them.
 */
import { readdir, readFile } from "node:fs/promises";

/** One living process of a group. */
export interface Member {
  readonly pid: number;
  /** An nginx worker that accepts no more connections and ends with its last request. */
  readonly leaving: boolean;
}

/**
 * The living processes of a process group.
 *
 * Source: proc_pid_stat(5), fields 3 (state) and 5 (group); the title is what nginx writes with `ngx_setproctitle`.
 * Why: by group and not by parent, because workers outlive a master that was killed, hold its ports, and must be found.
 */
export async function groupMembers(group: number): Promise<readonly Member[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const members = await Promise.all(pids.map((pid) => memberOf(pid, group)));
  return members.filter((member) => member !== undefined);
}

async function memberOf(pid: string, group: number): Promise<Member | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The name, field 2, is in parentheses and may hold anything; fields are counted after it.
    const [state, , memberGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(memberGroup) !== group || state === "Z" || state === "X") return undefined;
    const title = await readFile(`/proc/${pid}/cmdline`, "utf8");
    return { pid: Number(pid), leaving: title.includes("is shutting down") };
  } catch {
    // It ended while we looked.
    return undefined;
  }
}
