/**
 * All rows of the table of faults, each with the Swarm it takes.
 */
import { withLab } from "./with-lab.ts";

/** It takes several managers; the lab of the others has one. */
const threeManagers = "the-leading-manager-stops";

/** Calls `run` with the files of rows, while the lab is up that they take; twice. */
export async function withRows(run: (files: string) => Promise<void>): Promise<void> {
  await withLab(() => run(`test/faults/**/!(${threeManagers}).test.ts`));
  await withLab(() => run(`test/faults/${threeManagers}.test.ts`), 3);
}
