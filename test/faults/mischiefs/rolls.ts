/**
 * What happens to an application in its ordinary life: it is updated, restarted, scaled.
 */
import { sh, until } from "../../e2e/swarm.ts";
import { type App, plain, web } from "../applications.ts";
import { serviceOf, tasksOf } from "../../e2e/engine.ts";
import type { Mischief, Stage } from "../mischief.ts";
import type { Lab } from "../../lab/lab.ts";

const limitMs = 120_000;
/** With a health check and without, at the same time. */
const rolled: readonly App[] = [web, plain];

/** Each of them is row one of the table. */
export const rolls: readonly Mischief[] = [
  rolling("is updated, the old task stopping first", (round) => `--update-order stop-first --env-add VERSION=${round}`),
  rolling(
    "is updated, the new task starting first",
    (round) => `--update-order start-first --env-add VERSION=${round}`,
  ),
  rolling("is updated by force, both tasks at once", () => `--update-order start-first --update-parallelism 2 --force`),
  scaling(web, "with a health check"),
  scaling(plain, "without a health check"),
];

function scaling(one: App, which: string): Mischief {
  return {
    name: `an application ${which} is scaled from one to many and back`,
    allowed: "0",
    most: 10,
    run: async (stage) => {
      // Ten at once are a minute's work for a small machine.
      const most = stage.thorough ? 10 : 5;
      await everyRound(stage, async () => {
        for (const replicas of [1, most, 1]) await scale(stage.frame.lab, one, replicas);
      });
      stage.say(`to ${most} tasks`);
      await scale(stage.frame.lab, one, one.replicas);
      return undefined;
    },
  };
}

function rolling(what: string, words: (round: number) => string): Mischief {
  return {
    name: `an application ${what}`,
    allowed: "0",
    most: 20,
    run: async (stage) => {
      const { lab } = stage.frame;
      await everyRound(stage, async (round) => {
        await rollAll(lab, rolled, words(round));
      });
      return undefined;
    },
  };
}

/** Updates some applications at once, one task of each at a time unless `words` say otherwise, and waits until Swarm has ended each. Fails when it paused or rolled back one. */
export async function rollAll(lab: Lab, apps: readonly App[], words: string): Promise<void> {
  await sh(
    lab,
    apps.map(({ name }) => `docker service update --quiet --detach --update-parallelism 1 ${words} ${name}`).join("\n"),
  );
  await updated(lab, apps);
}

async function updated(lab: Lab, apps: readonly App[]): Promise<void> {
  for (const { name } of apps)
    await until(`the update of ${name}`, limitMs, async () => {
      const { UpdateStatus } = await serviceOf(lab, name);
      if (UpdateStatus?.State === "completed") return true;
      throw new Error(`${UpdateStatus?.State}: ${UpdateStatus?.Message}`);
    });
}

async function scale(lab: Lab, { name }: App, replicas: number): Promise<void> {
  await sh(lab, `docker service scale --detach ${name}=${replicas}`);
  await until(`${name} to have ${replicas} tasks`, limitMs, async () => {
    const tasks = await tasksOf(lab, name);
    return tasks.length === replicas && tasks.every(({ Status }) => Status.State === "running");
  });
}

async function everyRound(stage: Stage, work: (round: number) => Promise<void>): Promise<void> {
  for (let round = 1; round <= stage.rounds; round += 1) await work(Date.now() % 1_000_000);
}
