/**
 * Images built and pushed: the product's, the demo app's, and whatever a test brings.
 */
import { join } from "node:path";
import { ensureBaseImages } from "./base.ts";
import { builderEnvironment, startBuilder, stopBuilder } from "./builder.ts";
import { withLock } from "./lock.ts";
import { type Log, treeDir } from "./names.ts";
import { pushedName } from "./registry.ts";
import { must } from "./run.ts";

/** One image the lab knows how to build. */
export type Recipe = {
  /** Path of the Dockerfile. */
  readonly dockerfile: string;
  /** Folder sent to the builder; its `.dockerignore` counts. */
  readonly context: string;
  /** The name it gets, as a node asks for it: `interlock/interlock:dev`. */
  readonly tag: string;
};

/** The product's one image. */
export const interlockImage: Recipe = {
  dockerfile: join(treeDir, "images/Dockerfile"),
  context: treeDir,
  tag: "interlock/interlock:dev",
};

/** The demo app. */
export const demoImage: Recipe = {
  dockerfile: join(treeDir, "examples/demo-app/Dockerfile"),
  context: join(treeDir, "examples/demo-app"),
  tag: "interlock/demo-app:dev",
};

/** Does `work` with a running builder that has the base images, one user at a time, and stops the builder again unless it ran before. */
export async function withBuilder<T>(log: Log, work: () => Promise<T>): Promise<T> {
  return withLock("builder", async () => {
    const started = await startBuilder(log);
    try {
      await ensureBaseImages(log);
      return await work();
    } finally {
      if (started) await stopBuilder();
    }
  });
}

/** Builds an image with the running builder. Returns its id. Unchanged inputs come out of the builder's layers. */
export async function build(recipe: Recipe, log: Log): Promise<string> {
  const began = performance.now();
  const proxies = ["http_proxy", "https_proxy", "no_proxy"].filter((name) => process.env[name] !== undefined);
  const argv = [
    ..."docker build --network=host --force-rm".split(" "),
    `--file=${recipe.dockerfile}`,
    `--tag=${recipe.tag}`,
    ...proxies.flatMap((name) => ["--build-arg", name]),
    recipe.context,
  ];
  await must(argv, {
    env: builderEnvironment,
    timeoutMs: 900_000,
    log: (line) => {
      if (/^Step \d+/.test(line)) log(`images: ${recipe.tag}: ${line}`);
    },
  });
  const format = "{{.Id}} {{.Size}}";
  const [id = "", size = "0"] = (
    await must(["docker", "image", "inspect", "--format", format, recipe.tag], { env: builderEnvironment })
  ).split(" ");
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  log(`images: ${recipe.tag} is ${id.slice(7, 19)}, ${Math.round(Number(size) / 1e6)} MB (${seconds} s)`);
  return id;
}

/** Pushes a built image to the lab's registry, so that every node finds it under its plain name. */
export async function push(tag: string, log: Log): Promise<void> {
  const began = performance.now();
  const target = pushedName(tag);
  await must(["docker", "tag", tag, target], { env: builderEnvironment });
  await must(["docker", "push", "--quiet", target], { env: builderEnvironment, timeoutMs: 300_000 });
  log(`images: ${tag} pushed (${((performance.now() - began) / 1000).toFixed(1)} s)`);
}
