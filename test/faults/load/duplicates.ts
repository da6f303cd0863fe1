/**
 * What took effect more than once, by the records of the applications.
 */
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

/** Empties the folder, so that it holds the ids of one run only. Applications run as whoever they like: everybody may write. */
export async function emptyRecord(folder: string): Promise<void> {
  // Not the folder itself: containers have it mounted.
  await mkdir(folder, { recursive: true, mode: 0o777 });
  for (const name of await readdir(folder)) await rm(join(folder, name), { force: true });
}

/** Ids of a run that are recorded more than once, by one task or by several. Sorted. */
export async function duplicatesIn(folder: string, run: string): Promise<readonly string[]> {
  const times = new Map<string, number>();
  for (const name of await readdir(folder))
    for (const id of (await readFile(join(folder, name), "utf8")).split("\n"))
      if (id.startsWith(`${run}-`)) times.set(id, (times.get(id) ?? 0) + 1);
  return [...times].flatMap(([id, count]) => (count > 1 ? [`${id} (${count} times)`] : [])).toSorted();
}
