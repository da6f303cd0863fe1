import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import type { Problem } from "../model/problem.ts";
import { Keeping } from "./keeping.ts";

const kept: Problem = {
  code: "LABEL_PORT_INVALID",
  severity: "error",
  service: "web",
  label: "com.docker.lb.port",
  sentence: "s",
  remedy: "r",
  keepsPrevious: true,
};

test("a service is kept since the first decision that kept it, whatever its mistakes are by now, until one does not", () => {
  let nowMs = 0;
  const keeping = new Keeping(() => nowMs);
  const ages: (number | undefined)[] = [];
  const decide = (atMs: number, ...problems: Problem[]): void => {
    nowMs = atMs;
    keeping.take(problems);
    ages.push(keeping.aged(kept).keptForS);
  };

  decide(1_000, kept);
  decide(5_900, { ...kept, label: "com.docker.lb.network" });
  decide(7_000, { ...kept, keepsPrevious: false });
  decide(9_000, kept);

  deepEqual(ages, [0, 4, undefined, 0]);
  deepEqual(keeping.aged({ ...kept, keepsPrevious: false }), { ...kept, keepsPrevious: false });
});
