/**
 * The clock of core's node jumps an hour ahead, then two hours back, while core runs: nothing fails, and core goes on seeing and telling.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { labReason, sh, statusOf, theLab, until } from "../e2e/swarm.ts";
import type { Lab } from "../lab/lab.ts";
import { clockOfCore, withShiftableClock } from "./shifted-clock.ts";
import { endpointsOf, nothingLost, survives, twoProxies } from "./two-proxies.ts";

const hour = 3_600;

/** Core sees that the neighbour is scaled, and the proxies follow. Core writes a line about it, with the time it takes for now. */
async function scaled(lab: Lab, replicas: number): Promise<void> {
  await sh(lab, `docker service scale --detach quiet=${replicas}`);
  await until("core to see the change", 30_000, async () => {
    const status = await statusOf(lab);
    const current = status.clusters[0]?.proxies.every((proxy) => proxy.state === "current");
    return current === true && endpointsOf(status, "quiet.local").length === replicas;
  });
}

void test("the clock of core jumps, and nothing fails", { skip: labReason, timeout: 300_000 }, async (t) => {
  const lab = await theLab();
  await twoProxies(lab);

  await withShiftableClock(lab, async (setClock) => {
    await survives(t, lab, {
      fault: async () => {
        for (const [offset, replicas] of [
          [hour, 2],
          [-hour, 1],
        ] as const) {
          setClock(offset);
          // Longer than polls, heartbeats and the health check's patience.
          await sleep(12_000);
          await scaled(lab, replicas);
          const shift = Math.round(((await clockOfCore(lab)) - Date.now()) / 1000);
          t.diagnostic(`core's clock is ${shift} s off`);
          assert.ok(Math.abs(shift - offset) < 60, `core's clock should be ${offset} s off, and is ${shift} s off`);
          await nothingLost(lab, "core's clock is wrong");
        }
        setClock(0);
      },
    });
  });
});
