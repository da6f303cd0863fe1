/**
 * The lab around the lanes that need one: images built and pushed, four nodes up, removed at the end whatever happens.
 */
import { join } from "node:path";
import { facts } from "../test/lab/facts.ts";
import { imageRoot } from "../test/lab/image-root.ts";
import { demoImage, interlockImage } from "../test/lab/images.ts";
import { upLab } from "../test/lab/lab.ts";

const labCommand = join(import.meta.dirname, "../test/lab/cli.ts");

/** Runs `work` with a lab up (with so many managers) and its places in the environment; without a lab, where the machine cannot have one. */
export async function withLab(work: () => Promise<void>, managers = 1): Promise<void> {
  const { obstacles } = await facts();
  if (obstacles.length > 0) {
    for (const obstacle of obstacles) console.log(`── no lab: ${obstacle}`);
    await work();
    return;
  }
  const start = performance.now();
  const log = (line: string): void =>
    console.log(`── lab ${((performance.now() - start) / 1000).toFixed(0)} s  ${line}`);
  const lab = await upLab({ nodes: 4, managers, log });
  const end = (): void => {
    void lab.down().finally(() => process.exit(130));
  };
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  try {
    for (const { dockerfile, context, tag } of [interlockImage, demoImage])
      await lab.buildAndPush(dockerfile, context, tag);
    process.env["INTERLOCK_IMAGE_ROOT"] = await imageRoot(log);
    process.env["INTERLOCK_DOCKER_SOCKET"] = lab.node(1).dockerSocket;
    process.env["INTERLOCK_DOCKER_RESTART"] = `'${process.execPath}' '${labCommand}' restart 1 3`;
    log(
      lab.ipvs
        ? "this kernel has IPVS: stories run in ingress mode"
        : "this kernel has no IPVS: stories run in host mode",
    );
    await work();
  } finally {
    await lab.down();
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
  }
}
