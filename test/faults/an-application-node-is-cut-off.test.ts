/**
 * A node with an application's task loses its network and gets it back: what was on its way there may fail until Swarm has noticed, nothing else.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { labReason, statusOf, theLab, until } from "../e2e/swarm.ts";
import { endpointsOf, host, nothingLost, survives, twoProxies } from "./two-proxies.ts";

void test("an application's node is cut off, and heals", { skip: labReason, timeout: 300_000 }, async (t) => {
  const lab = await theLab();
  await twoProxies(lab);
  const node = lab.node(2);
  let cutAt = Infinity;
  let noticedAt = Infinity;

  await survives(t, lab, {
    // The line begins with the moment at which the request was sent.
    allowed: (failed) => {
      const sentAt = Date.parse(failed.slice(0, 24));
      return sentAt >= cutAt - 100 && sentAt <= noticedAt;
    },
    fault: async () => {
      const before = endpointsOf(await statusOf(lab), host);
      cutAt = Date.now();
      await node.cutOff();
      try {
        await until("the endpoint there to leave", 90_000, async () => {
          const now = endpointsOf(await statusOf(lab), host);
          return before.some((endpoint) => !now.includes(endpoint));
        });
        noticedAt = Date.now();
        t.diagnostic(`noticed after ${((noticedAt - cutAt) / 1000).toFixed(1)} s`);
        await nothingLost(lab, "node2 is cut off").catch(() => undefined);
        await sleep(5_000);
      } finally {
        await node.heal();
      }
    },
  });
  assert.ok(noticedAt < Infinity);
});
