/**
 * The images the guest loads: saved by the builder into one file, which the guest sees as a disk. No registry, no network: an
 * installation without a way out is made the same way.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { builderEnvironment } from "../lab/builder.ts";
import { build, demoImage, interlockImage, type Recipe, withBuilder } from "../lab/images.ts";
import type { Log } from "../lab/names.ts";
import { must } from "../lab/run.ts";
import { vmDir } from "./names.ts";

/** The product, with the patience that emulation needs. */
export const patientImage: Recipe = {
  dockerfile: join(import.meta.dirname, "interlock.Dockerfile"),
  context: join(import.meta.dirname, "guest"),
  tag: "interlock/interlock:vm",
};

/** The demo app, on the product's image. */
export const appImage: Recipe = {
  dockerfile: join(import.meta.dirname, "app.Dockerfile"),
  context: demoImage.context,
  tag: "interlock/demo-app:vm",
};

/** The file that `docker load` takes, with the product's and the app's image as the working tree has them now. */
export async function savedImages(log: Log): Promise<string> {
  return withBuilder(log, async () => {
    const recipes = [interlockImage, patientImage, appImage];
    const ids: string[] = [];
    for (const recipe of recipes) ids.push(await build(recipe, log));
    const name = `images-${createHash("sha256").update(ids.join(" ")).digest("hex").slice(0, 16)}.tar`;
    const file = join(vmDir, name);
    if (existsSync(file)) return file;
    mkdirSync(vmDir, { recursive: true });
    for (const old of readdirSync(vmDir)) if (old.startsWith("images-")) rmSync(join(vmDir, old));
    const tags = recipes.map(({ tag }) => tag);
    await must(["docker", "save", "--output", `${file}.new`, ...tags], { env: builderEnvironment, timeoutMs: 300_000 });
    renameSync(`${file}.new`, file);
    return file;
  });
}
