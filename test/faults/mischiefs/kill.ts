/**
 * Killing what runs in a task, as the kernel would when memory is short: at once, and without Swarm's or the engine's knowledge.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../../e2e/swarm.ts";
import type { Lab } from "../../lab/lab.ts";
import { machinePid } from "../../lab/node.ts";
import { must } from "../../lab/run.ts";
import { type App, plain, web } from "../applications.ts";
import { nodeOf, type Task, tasksOf } from "../../e2e/engine.ts";
import type { Mischief } from "../mischief.ts";

/** One task of each application is killed; the next round waits until it has a successor. */
export const applicationKilled: Mischief = {
  name: "a task of an application is killed",
  allowed: "requests already on that task; new ones 0",
  most: 20,
  run: async ({ frame: { lab }, random, rounds, say }) => {
    const kills: { readonly host: string; readonly from: number; readonly to: number }[] = [];
    for (let round = 0; round < Math.max(rounds, 2); round += 1)
      for (const app of [web, plain]) {
        const tasks = await running(lab, app);
        const from = Date.now();
        const to = await killTask(lab, random.pick(tasks));
        kills.push({ host: app.host, from, to });
        await until(`a successor in ${app.name}`, 60_000, async () => {
          const now = await tasksOf(lab, app.name);
          return (
            now.length === app.replicas &&
            now.every(({ Status }) => Status.State === "running") &&
            now.some(({ ID }) => tasks.every((task) => task.ID !== ID))
          );
        });
        await sleep(500);
      }
    say(`${kills.length} tasks killed`);
    return ({ host, began, ended, kind }) =>
      kind !== "download" && kills.some((kill) => kill.host === host && began <= kill.to && ended >= kill.from);
  },
};

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

async function running(lab: Lab, { name, replicas }: App): Promise<readonly Task[]> {
  return await until(`${replicas} tasks of ${name}`, 60_000, async () => {
    const tasks = await tasksOf(lab, name);
    return tasks.length === replicas && tasks.every(({ Status }) => Status.State === "running") && tasks;
  });
}
