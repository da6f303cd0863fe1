/**
 * All rows of the table of faults, each with the Swarm it takes.
 */
import { globSync } from "node:fs";
import { join } from "node:path";
import { withLab } from "./with-lab.ts";

const root = join(import.meta.dirname, "..");

/** It takes several managers; the lab of the others has one. */
const threeManagers = "the-leading-manager-stops";

/** Calls `run` with each file of rows, one after the other, while the lab is up that it takes. */
export async function withRows(run: (file: string) => Promise<void>): Promise<void> {
  const runAll = async (pattern: string): Promise<void> => {
    for (const file of globSync(pattern, { cwd: root }).toSorted()) await run(file);
  };
  await withLab(() => runAll(`test/faults/**/!(${threeManagers}).test.ts`));
  await withLab(() => runAll(`test/faults/${threeManagers}.test.ts`), 3);
}
