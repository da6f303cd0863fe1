/**
 * The power of a proxy's node is cut: connections to it are lost, the other proxy notices nothing; the node comes back and serves.
 */
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { get, labReason, theLab, until } from "../e2e/swarm.ts";
import { host, nothingLost, port, survives, twoProxies } from "./two-proxies.ts";

void test("a proxy's node dies, and comes back", { skip: labReason, timeout: 300_000 }, async (t) => {
  const lab = await theLab();
  await twoProxies(lab);
  const node = lab.node(3);

  await survives(t, lab, {
    // Never a wrong answer: while it is away and while it comes back, there is either a 200 or none.
    allowed: (failed, through) => through === 3 && !failed.includes(" status "),
    fault: async () => {
      await node.powerOff();
      // Long enough for Swarm to give the node up.
      await sleep(25_000);
      await nothingLost(lab, "node3 is off", [4]);
      const began = performance.now();
      await node.start();
      t.diagnostic(`the engine answers after ${((performance.now() - began) / 1000).toFixed(1)} s`);
      await until(
        "it to serve again",
        90_000,
        async () => (await get(node.address, port, host, "/ping")).status === 200,
      );
      t.diagnostic(`it serves after ${((performance.now() - began) / 1000).toFixed(1)} s`);
    },
  });
});
