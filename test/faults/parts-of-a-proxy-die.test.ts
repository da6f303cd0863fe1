/**
 * The agent, the nginx master or an nginx worker of one proxy is killed: connections on that proxy are lost, it serves again within
 * seconds, and what it answers meanwhile is right or nothing: it is never up and empty.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { get, labReason, theLab, until } from "../e2e/swarm.ts";
import { killInProxy, type Part } from "./parts.ts";
import { host, port, survives, twoProxies } from "./two-proxies.ts";

/** What the table allows. */
const mostAwayMs = 5_000;

void test("parts of a proxy die, and it serves again", { skip: labReason, timeout: 300_000 }, async (t) => {
  const lab = await theLab();
  await twoProxies(lab);
  const node = lab.node(3);

  for (const part of ["worker", "master", "agent"] satisfies readonly Part[]) {
    await t.test(`its ${part} is killed`, async (t) => {
      let awayMs = 0;
      await survives(t, lab, {
        allowed: (failed, through) => through === 3 && !failed.includes(" status "),
        fault: async () => {
          await sleep(1_000);
          const began = performance.now();
          await killInProxy(node, part);
          await until("it to serve again", 30_000, async () => {
            const { status } = await get(node.address, port, host, "/ping", 1_000);
            return status === 200;
          });
          awayMs = performance.now() - began;
          t.diagnostic(`serves again after ${awayMs.toFixed(0)} ms`);
          await sleep(3_000);
        },
      });
      assert.ok(awayMs < mostAwayMs, `it was away for ${awayMs.toFixed(0)} ms`);
    });
  }
});
