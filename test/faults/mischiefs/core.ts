/**
 * What happens to core: it is killed, it is away while applications roll, it is upgraded.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { sh, until } from "../../e2e/swarm.ts";
import { interlockImage } from "../../lab/images.ts";
import { plain, web } from "../applications.ts";
import { serviceOf, tasksOf } from "../../e2e/engine.ts";
import { copyTag } from "../image-tag.ts";
import { type Frame } from "../frame.ts";
import type { Mischief } from "../mischief.ts";
import { killTask } from "../kill-task.ts";
import { rollAll } from "./rolls.ts";

const core = "ucp-interlock";
const extension = "ucp-interlock-extension";
const [imageName = "", imageTag = ""] = interlockImage.tag.split(":");

/** Core's process is killed. */
export const coreKilled: Mischief = {
  name: "core is killed",
  allowed: "0",
  most: 10,
  run: async ({ frame: { lab }, rounds }) => {
    for (let round = 0; round < rounds; round += 1) {
      const [task] = await tasksOf(lab, core);
      if (task === undefined) throw new Error("core does not run");
      await killTask(lab, task);
      await until("another core", 60_000, async () => {
        const [now] = await tasksOf(lab, core);
        return now !== undefined && now.ID !== task.ID && now.Status.State === "running";
      });
    }
    return undefined;
  },
};

/** Core is scaled to nothing; meanwhile applications roll, one update after the other, for twenty seconds or three minutes. */
export const coreAway: Mischief = {
  name: "core is away while applications roll",
  allowed: "0",
  run: async (stage) => {
    const { lab } = stage.frame;
    const end = performance.now() + (stage.thorough ? 180_000 : 20_000);
    await sh(lab, `docker service scale --detach ${core}=0`);
    try {
      await until("core to be gone", 60_000, async () => (await sh(lab, `docker ps -q ${ofService(core)}`)) === "");
      let rolls = 0;
      do {
        rolls += 1;
        await rollAll(lab, [web, plain], `--update-order start-first --env-add VERSION=away${rolls}`);
        await sleep(1_000);
      } while (performance.now() < end);
      stage.say(`${rolls} rolls while core was away`);
    } finally {
      await sh(lab, `docker service scale --detach ${core}=1`);
    }
    return undefined;
  },
};

/** Core and, after it, the extension get another image (the same under another name), and then the first again. */
export const coreUpgraded: Mischief = {
  name: "core and extension are upgraded to another image",
  allowed: "0",
  most: 5,
  run: async ({ frame, rounds }) => {
    await copyTag(frame.lab, imageName, imageTag, "faults");
    for (let round = 0; round < rounds; round += 1) {
      await upgrade(frame, `${imageName}:faults`);
      await upgrade(frame, interlockImage.tag);
    }
    return undefined;
  },
};

async function upgrade({ lab }: Frame, image: string): Promise<void> {
  // By name only: a digest added by the command line would stand in the specs afterwards.
  await sh(lab, `docker service update --quiet --detach --no-resolve-image --image ${image} ${core}`);
  for (const name of [core, extension])
    await until(`${name} to run ${image}`, 120_000, async () => {
      const { Spec } = await serviceOf(lab, name);
      const [task] = await tasksOf(lab, name);
      return (
        JSON.stringify(Spec.TaskTemplate).includes(`"${image}`) &&
        task?.Status.State === "running" &&
        JSON.stringify(task).includes(`"${image}`)
      );
    });
}

function ofService(name: string): string {
  return `--filter label=com.docker.swarm.service.name=${name}`;
}
