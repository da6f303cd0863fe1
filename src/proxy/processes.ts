/**
 * nginx's processes as the kernel lists them.
 */
import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

/** One living process of a group. */
export interface Member {
  readonly pid: number;
  /** An nginx worker that accepts no more connections and ends with its last request. */
  readonly leaving: boolean;
  /** When it started, in hundredths of a second since the machine did. */
  readonly startedTicks: number;
}

/**
 * The living processes of a process group.
 *
 * Source: proc_pid_stat(5), fields 3 (state), 5 (group) and 22 (start); the title is what nginx writes with `ngx_setproctitle`.
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
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, , memberGroup] = fields;
    if (Number(memberGroup) !== group || state === "Z" || state === "X") return undefined;
    const title = await readFile(`/proc/${pid}/cmdline`, "utf8");
    return { pid: Number(pid), leaving: title.includes("is shutting down"), startedTicks: Number(fields[19]) };
  } catch {
    // It ended while we looked.
    return undefined;
  }
}

/** How many TCP connections a process has, to clients and to applications; `undefined` when that cannot be seen. Source: proc_net(5). */
export async function connectionsOf(pid: number): Promise<number | undefined> {
  try {
    const folder = `/proc/${pid}/fd`;
    const names = await readdir(folder);
    const links = await Promise.all(names.map((name) => readlink(join(folder, name)).catch(() => "")));
    const inodes = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
    const lists = await Promise.all(
      ["tcp", "tcp6"].map((name) => readFile(`/proc/${pid}/net/${name}`, "utf8").catch(() => "")),
    );
    const sockets = lists.flatMap((list) => list.split("\n").map((line) => line.trim().split(/\s+/)));
    return sockets.filter(([, , , state, , , , , , inode]) => state === established && inodes.has(inode)).length;
  } catch {
    return undefined;
  }
}

const established = "01";
