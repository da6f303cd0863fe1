/**
 * Generations: one folder for each `nginx.conf` that was ever tried, written once and never edited.
 *
 * Why without fsync: the agent starts with none of them, so they need to be whole only while it runs, and a busy disk
 * would delay every change by seconds. What must survive is `last-good.ts`.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { hashOf } from "../model/bundle.ts";
import type { Revision } from "../model/names.ts";
import type { ProxyPaths } from "./paths.ts";

/** A staged `nginx.conf`. */
export interface Generation {
  readonly structure: Revision;
  readonly nginxConf: string;
  readonly folder: string;
}

/**
 * Writes a generation: `nginx.conf`, and `identity.conf` by which the control server says which one it is.
 *
 * Fails: with Node's error; a generation is then either as it was or absent.
 */
export async function stage(paths: ProxyPaths, nginxConf: string): Promise<Generation> {
  const structure = hashOf(nginxConf);
  const generation = { structure, nginxConf, folder: join(paths.generations, structure) };
  if (await isWhole(generation)) return generation;
  const draft = join(paths.generations, `.${structure}.${randomUUID()}`);
  try {
    await mkdir(draft, { recursive: true });
    await writeFile(join(draft, "nginx.conf"), nginxConf);
    await writeFile(join(draft, "identity.conf"), identityConf(structure));
    // Only a damaged one can be there, and never the active one's files: nginx has read those.
    await rm(generation.folder, { recursive: true, force: true });
    await rename(draft, generation.folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
  return generation;
}

/** Points `active` at a generation, in one step: whoever reads sees the old or the new one. */
export async function activate(paths: ProxyPaths, generation: Generation): Promise<void> {
  const draft = `${paths.active}.${randomUUID()}.tmp`;
  // Relative, so that the folder may be looked at from outside of the container.
  await symlink(join(basename(paths.generations), generation.structure), draft);
  await rename(draft, paths.active);
}

/** Removes every generation but the given one. Fails: with Node's error. */
export async function prune(paths: ProxyPaths, keep: Generation | undefined): Promise<void> {
  for (const name of await readdir(paths.generations)) {
    if (name !== keep?.structure) await rm(join(paths.generations, name), { recursive: true, force: true });
  }
}

function identityConf(structure: Revision): string {
  return `set $interlock_structure "${structure}";\n`;
}

async function isWhole(generation: Generation): Promise<boolean> {
  try {
    const [conf, identity] = await Promise.all([
      readFile(join(generation.folder, "nginx.conf"), "utf8"),
      readFile(join(generation.folder, "identity.conf"), "utf8"),
    ]);
    return conf === generation.nginxConf && identity === identityConf(generation.structure);
  } catch {
    return false;
  }
}
