/**
 * With three managers, the one that leads, with core on it, stops: another leads, core starts there, nothing fails.
 */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { labReason, theLab, until } from "../e2e/swarm.ts";
import type { Lab } from "../lab/lab.ts";
import { leader } from "../lab/managers.ts";
import { nothingLost, survives, twoProxies } from "./two-proxies.ts";

/** Stops node 1 as told, waits until the others have taken over, brings it back. */
async function takeOver(t: TestContext, lab: Lab, stop: () => Promise<void>): Promise<void> {
  const [first, second] = [lab.node(1), lab.node(2)];
  assert.equal((await leader(lab, second)).hostname, first.hostname);
  const began = performance.now();
  const passed = (): string => `${((performance.now() - began) / 1000).toFixed(0)} s`;
  await stop();
  await until("another manager to lead", 60_000, async () => (await leader(lab, second)).hostname !== first.hostname);
  t.diagnostic(`another manager leads after ${passed()}`);
  await until("core to run on another node", 120_000, async () => {
    const words = "--filter desired-state=running --format '{{.Node}} {{.CurrentState}}'";
    const { stdout } = await lab.sh(second, `docker service ps ${words} ucp-interlock`);
    return stdout.split("\n").some((line) => /^node[23] Running/.test(line));
  });
  t.diagnostic(`core runs on another node after ${passed()}`);
  // The new core's word reaches the proxies.
  await lab.sh(second, "docker service scale --detach quiet=2");
  await until("the new core to see a change", 60_000, async () => {
    const status = await lab.sh(
      second,
      "docker run --rm -v /var/run/docker.sock:/var/run/docker.sock interlock/interlock:dev status --json",
    );
    const { clusters } = JSON.parse(status.stdout) as {
      clusters: { routes: { host: string; endpoints: string[] }[] }[];
    };
    return clusters[0]?.routes.some(({ host, endpoints }) => host === "quiet.local" && endpoints.length === 2);
  });
  t.diagnostic(`the new core acted after ${passed()}`);
  await nothingLost(lab, "another manager leads");
  await lab.sh(second, "docker service scale --detach quiet=1");
  await first.start();
}

void test("the leading manager stops, and nothing fails", { skip: labReason, timeout: 600_000 }, async (t) => {
  const lab = await theLab();
  if (lab.managers < 3) {
    t.skip("needs a lab with three managers: node test/lab/cli.ts up --managers 3");
    return;
  }
  await twoProxies(lab);

  // Node 1 leads from its beginning; what leads afterwards carries proxies or applications too, and is not stopped.
  await t.test("its engine is killed", (t) =>
    survives(t, lab, { fault: () => takeOver(t, lab, () => lab.node(1).kill()) }),
  );
});
