/**
 * The last good configuration on disk: what a proxy serves after a restart, before core answers (decision D14).
 */
import { randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, readFile, readlink, rename, rm, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { hashOf } from "../model/bundle.ts";
import { InterlockError } from "../model/errors.ts";
import type { Revision } from "../model/names.ts";
import { tablesFromJson } from "./decode.ts";
import { syncFolder, writeDurably, writeSynced } from "./durable.ts";
import type { KeptMemories } from "./memories.ts";
import { tablesText } from "./tables-text.ts";
import type { StoredTables } from "./tables.ts";

/** A configuration that was proven. */
export interface LastGood {
  readonly nginxConf: string;
  readonly structure: Revision;
  readonly tables: StoredTables;
}

/** As it is on disk: with what is kept for core. */
export interface StoredLastGood extends LastGood {
  readonly memories: KeptMemories;
}

/**
 * Reads the last good; `undefined` when there has never been one.
 *
 * Fails: NGINX_REFUSED when it is damaged; with Node's error when it cannot be read.
 */
export async function readLastGood(folder: string): Promise<StoredLastGood | undefined> {
  let conf: string;
  let json: string;
  try {
    [conf, json] = await Promise.all([
      readFile(join(folder, "nginx.conf"), "utf8"),
      readFile(join(folder, "tables.json"), "utf8"),
    ]);
  } catch (error) {
    if (!(await exists(folder))) return undefined;
    throw error;
  }
  const read = tablesFromJson(json);
  if (read === undefined || read.structure !== hashOf(conf)) {
    throw new InterlockError("NGINX_REFUSED", "the last good configuration is damaged");
  }
  return { nginxConf: conf, ...read };
}

/**
 * Writes the last good.
 *
 * Shape: `folder` is a symlink to a folder with both files: a new structure swaps it in one step, new tables replace
 * their file. A crash leaves the old pair or the new pair, never a mixture.
 * Fails: with Node's error (ENOSPC, EROFS …); what was there before is then still there.
 */
export async function writeLastGood(folder: string, good: StoredLastGood): Promise<void> {
  const json = await tablesText(good);
  if (await holdsStructure(folder, good.structure)) return writeDurably(join(folder, "tables.json"), json);
  const parent = dirname(folder);
  const name = `.${basename(folder)}.${randomUUID()}`;
  const draft = join(parent, name);
  try {
    // In two steps: when the volume has been removed from under us, Node's recursive mkdir tries for ever.
    await mkdir(parent, { recursive: true });
    await mkdir(draft);
    await writeSynced(join(draft, "nginx.conf"), good.nginxConf);
    await writeSynced(join(draft, "tables.json"), json);
    await syncFolder(draft);
    await replace(folder, name);
    await syncFolder(parent);
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
  await removeOthers(folder, name);
}

async function replace(folder: string, target: string): Promise<void> {
  const link = `${folder}.${randomUUID()}.tmp`;
  // A symlink cannot be renamed over a folder; one made by hand, or by an image, steps aside.
  if (await isFolder(folder)) await rename(folder, join(dirname(folder), `.${basename(folder)}.${randomUUID()}`));
  await symlink(target, link);
  await rename(link, folder);
}

async function holdsStructure(folder: string, structure: Revision): Promise<boolean> {
  try {
    return hashOf(await readFile(join(folder, "nginx.conf"), "utf8")) === structure;
  } catch {
    return false;
  }
}

/** Removes what earlier writes left. Another proxy's agent may share the volume: what is linked now stays. */
async function removeOthers(folder: string, name: string): Promise<void> {
  const parent = dirname(folder);
  const kept = new Set([name, await readlink(folder).catch(() => name)]);
  for (const entry of await readdir(parent)) {
    const ours = entry.startsWith(`.${basename(folder)}.`) || entry.startsWith(`${basename(folder)}.`);
    if (ours && !kept.has(entry))
      await rm(join(parent, entry), { recursive: true, force: true }).catch(() => undefined);
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (stat) => stat.isDirectory(),
    () => false,
  );
}
