import { ok } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Snapshot } from "../model/snapshot.ts";
import { config, swarm } from "./arbitraries.ts";
import { desire } from "./desire.ts";
import { holdingKinds, holdingsOf, leastLost, minus } from "./holdings.ts";
import { losesLittle } from "./losses.ts";

test("what is said to lose little does so, however it is counted", () => {
  const mostly = fc.record({ services: fc.boolean(), tasks: fc.boolean(), secrets: fc.boolean() });
  const said = { little: 0, much: 0 };
  fc.assert(
    fc.property(swarm, swarm, mostly, fc.boolean(), (before, other, { services, tasks, secrets }, grows) => {
      const now: Snapshot = {
        ...before,
        ...(services ? { services: grows ? [...before.services, ...other.services.slice(3)] : other.services } : {}),
        ...(tasks ? { tasks: other.tasks } : {}),
        ...(secrets ? { secrets: other.secrets } : {}),
      };
      const [older, newer] = [before, now].map((snapshot) => desire(snapshot, config, new Map()).clusters);
      ok(older && newer);

      const isLittle = losesLittle(older, newer);

      said[isLittle ? "little" : "much"] += 1;
      const lost = minus(holdingsOf(older), holdingsOf(newer));
      if (isLittle) for (const kind of holdingKinds) ok(lost[kind].size < leastLost[kind], kind);
    }),
    { numRuns: 3_000 },
  );
  ok(said.little > 100 && said.much > 100, JSON.stringify(said));
});
