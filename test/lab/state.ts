/**
 * The folder that dies with the lab: in memory where there is enough of it, because engines call fsync for every layer and every
 * step of consensus, and because removing four engines' data from a busy disk takes a minute.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { type Log, stateDir } from "./names.ts";
import { must, run, waitUntil } from "./run.ts";

/** Below this much free memory the state stays on disk: a node with Interlock's and the demo's images holds about 450 MB. */
const enoughMegabytes = 7_000;

/** Makes the state folder, a file system in memory if there is enough; `INTERLOCK_LAB_DISK=1` keeps it on disk. */
export async function makeState(log: Log): Promise<void> {
  mkdirSync(stateDir, { recursive: true });
  const free = Number(/^MemAvailable:\s*(\d+) kB/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1] ?? 0) / 1024;
  if (free < enoughMegabytes || process.env["INTERLOCK_LAB_DISK"] === "1") return;
  const most = Math.round(free * 0.6);
  await must(["mount", "-t", "tmpfs", "-o", `size=${most}m,mode=755`, "interlock-lab", stateDir]);
  log(`state: in memory, ${stateDir} (at most ${most} MB)`);
}

/** Removes the state folder and what is mounted in or on it. The processes in it must have ended. */
export async function removeState(): Promise<void> {
  if (!existsSync(stateDir)) return;
  // Below the folder nothing of ours is mounted in this namespace; should something be, never delete through it.
  for (const point of mountPoints().filter((point) => point.startsWith(`${stateDir}/`)))
    await run(["umount", "--lazy", point]);
  // Emptied before it is unmounted: a mount namespace made meanwhile may hold a copy of the mount, and the memory with it.
  await waitUntil(`${stateDir} to be emptied`, 300_000, async () => {
    await must(["find", stateDir, "-xdev", "-mindepth", "1", "-delete"], { timeoutMs: 300_000 });
    return true;
  });
  for (const point of mountPoints().filter((point) => point === stateDir)) await run(["umount", "--lazy", point]);
  await must(["rmdir", stateDir]);
}

/** Mount points of this namespace, deepest first. */
function mountPoints(): readonly string[] {
  const points = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return points.flatMap((line) => line.split(" ")[4] ?? []).toReversed();
}
