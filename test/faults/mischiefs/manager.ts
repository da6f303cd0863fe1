/**
 * With three managers, the one that leads, with core on it, stops: another leads, core starts there.
 */
import assert from "node:assert/strict";
import { until } from "../../e2e/swarm.ts";
import { leader } from "../../lab/managers.ts";
import type { Mischief } from "../mischief.ts";
import { nothingLost } from "../neighbour.ts";

/** Its engine is killed, and comes back when another has taken over. Needs a lab with three managers. */
export const leaderStops: Mischief = {
  name: "the leading manager stops",
  allowed: "0",
  run: async ({ frame, say }) => {
    const { lab } = frame;
    const [first, second] = [lab.node(1), lab.node(2)];
    assert.equal((await leader(lab, second)).hostname, first.hostname);
    const began = performance.now();
    const passed = (): string => `${((performance.now() - began) / 1_000).toFixed(0)} s`;
    await first.kill();
    try {
      await until(
        "another manager to lead",
        60_000,
        async () => (await leader(lab, second)).hostname !== first.hostname,
      );
      say(`another manager leads after ${passed()}`);
      await until("core to run on another node", 120_000, async () => {
        const words = "--filter desired-state=running --format '{{.Node}} {{.CurrentState}}'";
        const { stdout } = await lab.sh(second, `docker service ps ${words} ucp-interlock`);
        return stdout.split("\n").some((line) => /^node[23] Running/.test(line));
      });
      say(`core runs on another node after ${passed()}`);
      await nothingLost(frame, "another manager leads");
    } finally {
      await first.start();
    }
    return undefined;
  },
};
