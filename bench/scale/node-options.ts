/**
 * How the image starts Node: measured is what runs.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const dockerfile = readFileSync(join(import.meta.dirname, "../../images/Dockerfile"), "utf8");

/** The options of every role. */
export const nodeOptions: readonly string[] =
  /^ENV INTERLOCK_NODE_OPTIONS="(.*)"$/m.exec(dockerfile)?.[1]?.split(" ") ?? [];
