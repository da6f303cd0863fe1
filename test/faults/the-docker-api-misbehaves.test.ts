/**
 * Core's engine hangs, fails on a list, cuts an answer, loses its mind, goes away: nothing fails, and no route is lost.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { labReason, statusOf, theLab, until } from "../e2e/swarm.ts";
import type { EngineFault, EngineList, EngineProxy } from "../lab/engine-proxy.ts";
import type { Lab } from "../lab/lab.ts";
import { withMisbehavingEngine } from "./misbehaving-engine.ts";
import { nothingLost, survives, twoProxies } from "./two-proxies.ts";

/** Longer than several looks, hot ones and polls, and than a proxy needs to be told of a loss. */
const lastsMs = 8_000;
const lists: readonly EngineList[] = ["services", "tasks", "networks", "nodes", "configs", "secrets"];

/** The fault for a while; core must have met it. */
async function misbehave(lab: Lab, engine: EngineProxy, fault: EngineFault): Promise<void> {
  const what = JSON.stringify(fault);
  engine.become(fault);
  try {
    await sleep(lastsMs);
    await nothingLost(lab, `the engine is ${what}`);
    assert.ok(engine.met() > 0, `core asked nothing while the engine was ${what}`);
  } finally {
    engine.become({ kind: "none" });
  }
}

void test("the Docker API misbehaves, and nothing fails", { skip: labReason, timeout: 900_000 }, async (t) => {
  const lab = await theLab();
  await twoProxies(lab);

  await withMisbehavingEngine(lab, async (engine) => {
    const row = (name: string, fault: EngineFault): Promise<void> =>
      t.test(name, (t) => survives(t, lab, { fault: () => misbehave(lab, engine, fault) }));

    await t.test("it hangs: status says so with the age of what stands", (t) =>
      survives(t, lab, {
        fault: async () => {
          engine.become({ kind: "silent" });
          const { lookAgeS } = await until("status to say so", 40_000, async () => {
            const status = await statusOf(lab);
            return status.lookFailure !== undefined && status;
          });
          await nothingLost(lab, "the engine is silent");
          engine.become({ kind: "none" });
          assert.ok((lookAgeS ?? 0) > 5, `the look is ${lookAgeS} s old`);
        },
      }),
    );
    await row("it answers late", { kind: "slow", delayMs: 2_000 });
    for (const list of ["tasks", "services"] as const) {
      await row(`its list of ${list} fails`, { kind: "error", lists: [list] });
      await row(`its list of ${list} is cut in the middle`, { kind: "truncated", lists: [list] });
    }
    await row("it goes away and comes back", { kind: "away" });
    for (const list of lists) await row(`its list of ${list} is empty`, { kind: "empty", lists: [list] });
    await row("all of its lists are empty", { kind: "empty" });
  });

  await t.test("the manager's real engine is ended and started again", (t) =>
    survives(t, lab, {
      fault: async () => {
        await lab.node(1).stop();
        await sleep(3_000);
        await nothingLost(lab, "the engine is away");
        await lab.node(1).start();
      },
    }),
  );
  await t.test("the manager's real engine is killed and started again", (t) =>
    survives(t, lab, {
      fault: async () => {
        await lab.node(1).kill();
        await sleep(3_000);
        await nothingLost(lab, "the engine is away");
        await lab.node(1).start();
      },
    }),
  );
});
