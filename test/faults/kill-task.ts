/**
 * Killing the first process of a task.
 */
import { nodeOf, type Task } from "../e2e/engine.ts";
import type { Lab } from "../lab/lab.ts";
import { machinePid } from "../lab/node.ts";
import { must } from "../lab/run.ts";

/** The kernel takes some milliseconds to end a process, and answers for it meanwhile. */
const killAndWait = `kill -KILL "$1" && for i in $(seq 400); do kill -0 "$1" 2> /dev/null || exit 0; sleep 0.005; done`;

/** Kills the first process of a task's container with SIGKILL. The moment when it is gone, as milliseconds since 1970. */
export async function killTask(lab: Lab, task: Task): Promise<number> {
  const pid = task.Status.ContainerStatus?.PID;
  const machine = machinePid((await nodeOf(lab, task)).names);
  if (machine === undefined || pid === undefined) throw new Error(`task ${task.ID} has no process`);
  await must(["nsenter", `--target=${machine}`, "--pid", "--mount", "sh", "-c", killAndWait, "-", String(pid)]);
  return Date.now();
}
