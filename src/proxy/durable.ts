/**
 * Files that are either whole or not there, also after the power went.
 */
import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** What is to stand in a file: a text, or the pieces of one. */
type FileText = string | Iterable<string>;

/**
 * Writes a file beside its place, syncs it, and moves it there.
 *
 * Fails: with Node's error (ENOSPC, EROFS, EACCES …); the old file is then untouched and nothing is left behind.
 */
export async function writeDurably(path: string, text: FileText): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await writeSynced(draft, text);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Writes a file and waits until it is on the disk. */
export async function writeSynced(path: string, text: FileText): Promise<void> {
  await using file = await open(path, "w", 0o644);
  await file.writeFile(text);
  await file.sync();
}

/** Waits until the names in a folder are on the disk: a rename is not durable before. Source: fsync(2). */
export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}
