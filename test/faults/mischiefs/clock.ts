/**
 * The clock of core's node jumps an hour ahead, then two hours back, while core runs: core goes on seeing and telling.
 */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { sh, statusOf, until } from "../../e2e/swarm.ts";
import type { Lab } from "../../lab/lab.ts";
import type { Mischief } from "../mischief.ts";
import { neighbour, nothingLost } from "../neighbour.ts";
import { clockOfCore, withShiftableClock } from "../shifted-clock.ts";

const hour = 3_600;

/** An hour either way, with a change at each. */
export const clockJumps: Mischief = {
  name: "the clock of core's node jumps by an hour",
  allowed: "0",
  run: async ({ frame, say }) => {
    const { lab } = frame;
    await withShiftableClock(lab, async (setClock) => {
      for (const [offset, replicas] of [
        [hour, 2],
        [-hour, 1],
      ] as const) {
        setClock(offset);
        // Longer than polls, heartbeats and the health check's patience.
        await sleep(12_000);
        await scaled(lab, replicas);
        const shift = Math.round(((await clockOfCore(lab)) - Date.now()) / 1_000);
        say(`core's clock is ${shift} s off`);
        assert.ok(Math.abs(shift - offset) < 60, `core's clock should be ${offset} s off, and is ${shift} s off`);
        await nothingLost(frame, "core's clock is wrong");
      }
      setClock(0);
    });
    return undefined;
  },
};

/** Core sees that the neighbour is scaled, and the proxies follow. Core writes a line about it, with the time it takes for now. */
async function scaled(lab: Lab, replicas: number): Promise<void> {
  await sh(lab, `docker service scale --detach ${neighbour.name}=${replicas}`);
  await until("core to see the change", 30_000, async () => {
    const [cluster] = (await statusOf(lab)).clusters;
    const current = cluster?.proxies.every((proxy) => proxy.state === "current");
    const endpoints = cluster?.routes.find(({ host }) => host === neighbour.host)?.endpoints;
    return current === true && endpoints?.length === replicas;
  });
}
