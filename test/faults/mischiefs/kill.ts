/**
 * Killing what runs in a task, as the kernel would when memory is short: at once, and without Swarm's or the engine's knowledge.
 */
import { until } from "../../e2e/swarm.ts";
import type { Lab } from "../../lab/lab.ts";
import { type App, plain, web } from "../applications.ts";
import { type Task, tasksOf } from "../../e2e/engine.ts";
import { killTask } from "../kill-task.ts";
import type { Mischief } from "../mischief.ts";
import { settled } from "../settled.ts";

/** One task of each application is killed; the next round waits until its successor is served. */
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
        // Or the next kill would meet a successor that nobody sends requests to yet.
        await settled(lab);
      }
    say(`${kills.length} tasks killed`);
    return ({ host, began, ended, kind }) =>
      kind !== "download" && kills.some((kill) => kill.host === host && began <= kill.to && ended >= kill.from);
  },
};

async function running(lab: Lab, { name, replicas }: App): Promise<readonly Task[]> {
  return await until(`${replicas} tasks of ${name}`, 60_000, async () => {
    const tasks = await tasksOf(lab, name);
    return tasks.length === replicas && tasks.every(({ Status }) => Status.State === "running") && tasks;
  });
}
