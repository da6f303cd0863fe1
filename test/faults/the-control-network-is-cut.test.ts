/**
 * Core and the proxies cannot reach each other any more, while everything else goes on: the proxies serve, and core's return changes nothing.
 */
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { labReason, sh, statusOf, theLab, until } from "../e2e/swarm.ts";
import { cutOverlay, healOverlay } from "../lab/inside.ts";
import type { Lab } from "../lab/lab.ts";
import { entrances, nothingLost, survives, twoProxies } from "./two-proxies.ts";

const network = "ucp-interlock";

/** Cuts it on both proxies' nodes while `work` lasts, once core has noticed. */
async function whileCut(lab: Lab, work: () => Promise<void>): Promise<void> {
  const nodes = entrances.map((n) => lab.node(n));
  try {
    for (const node of nodes) await cutOverlay(node, network);
    await until(
      "core to miss its proxies",
      60_000,
      async () => (await statusOf(lab)).clusters[0]?.proxies.length === 0,
    );
    await work();
    await nothingLost(lab, "the control network is cut");
  } finally {
    for (const node of nodes) await healOverlay(node, network);
  }
}

void test("the control network is cut, and heals", { skip: labReason, timeout: 400_000 }, async (t) => {
  const lab = await theLab();
  await twoProxies(lab);

  await t.test("nothing happens meanwhile", (t) =>
    survives(t, lab, { fault: () => whileCut(lab, () => sleep(15_000)) }),
  );
  await t.test("the application rolls meanwhile", (t) =>
    survives(t, lab, {
      fault: () => whileCut(lab, async () => void (await sh(lab, "docker service update --quiet --force steady"))),
    }),
  );
});
