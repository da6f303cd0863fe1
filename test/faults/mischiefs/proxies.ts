/**
 * What happens to one proxy: a part of it is killed, its node loses power, its disk is full or damaged.
 */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { sh, statusOf, until } from "../../e2e/swarm.ts";
import type { LabNode } from "../../lab/node.ts";
import { type Frame, proxyNodes } from "../frame.ts";
import type { Door } from "../load/plan.ts";
import type { Excuse, Mischief } from "../mischief.ts";
import { neighbour, nothingLost, servesAgain } from "../neighbour.ts";
import { settled } from "../settled.ts";
import { corruptLastGood, emptyDisk, fillDisk, killInProxy, type Part, setDisk } from "../parts.ts";

/** What the table allows; the suite's few rounds only find out that it comes back, for the machine they run on may be busy. */
const mostAwayMs = { full: 5_000, few: 15_000 } as const;

/** Every part of one proxy, one after the other. */
export const partsKilled: readonly Mischief[] = (["worker", "master", "agent"] satisfies readonly Part[]).map(
  (part) => ({
    name: `the ${part} of a proxy is killed`,
    allowed: "connections on that proxy; serving again in under 5 s; never up and empty",
    most: 10,
    run: async (stage) => {
      const { frame, rounds, say } = stage;
      const { node, door } = victim(frame);
      const mostMs = mostAwayMs[stage.thorough ? "full" : "few"];
      const kills: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        kills.push(Date.now());
        await killInProxy(node, part);
        // An nginx that lost its agent may answer for a moment: whether it came back in time is judged by the requests.
        await sleep(1_000);
        await servesAgain(door, 30_000);
        await settled(frame.lab);
      }
      say(`killed ${kills.length} times`);
      const silent = silentAt(frame);
      return (blemish) => silent(blemish) && kills.some((at) => blemish.ended >= at && blemish.began <= at + mostMs);
    },
  }),
);

/** The power of its node is cut; the node comes back. */
export const proxyNodeDies: Mischief = {
  name: "a proxy's node dies, and comes back",
  allowed: "connections on it; the other replicas 0",
  run: async ({ frame, say }) => {
    const { node, door } = victim(frame);
    await node.powerOff();
    try {
      // Long enough for Swarm to give the node up.
      await sleep(25_000);
      await nothingLost(
        frame,
        "the other proxy's node is off",
        frame.doors.filter((other) => other !== door),
      );
    } finally {
      await node.start();
    }
    say(`serves ${((await servesAgain(door, 90_000)) / 1_000).toFixed(1)} s after its engine answered`);
    return silentAt(frame);
  },
};

/** What it served is on its disk, so the disk must be hurt while something changes. */
export const diskHurt: readonly Mischief[] = [
  hurting("full", fillDisk, emptyDisk),
  hurting(
    "read-only",
    (node) => setDisk(node, "ro"),
    (node) => setDisk(node, "rw"),
  ),
];

function hurting(
  how: string,
  hurt: (node: LabNode) => Promise<void>,
  mend: (node: LabNode) => Promise<void>,
): Mischief {
  return {
    name: `a proxy's disk is ${how}`,
    allowed: "0; said in status",
    run: async ({ frame, say }) => {
      const { node, door } = victim(frame);
      await hurt(node);
      try {
        await rename(frame, `more.${neighbour.host}`);
        await servesAgain(door, 20_000, `more.${neighbour.host}`);
        const trouble = await troubleOf(frame);
        say(trouble);
        assert.match(trouble, /last good configuration cannot be kept/);
        await rename(frame, "");
      } finally {
        await mend(node);
      }
      return undefined;
    },
  };
}

/** Its last good is damaged, and it starts anew. */
export const lastGoodDamaged: readonly Mischief[] = (["tables.json", "nginx.conf"] as const).map((file) => ({
  name: `the last good ${file} of a proxy is damaged, and it starts anew`,
  allowed: "connections on that proxy; said in status",
  run: async ({ frame, say }) => {
    const { node, door } = victim(frame);
    await corruptLastGood(node, file);
    await killInProxy(node, "agent");
    await servesAgain(door, 30_000);
    const trouble = await troubleOf(frame);
    say(trouble);
    assert.match(trouble, /what was kept before the start was not used: .*damaged/);
    return silentAt(frame);
  },
}));

function victim(frame: Frame): { readonly node: LabNode; readonly door: Door } {
  const [door] = frame.doors;
  if (door === undefined) throw new Error("the frame has no door");
  return { node: frame.lab.node(proxyNodes[0]), door };
}

/** While a proxy is away and while it comes back, it answers rightly or not at all. A balancer may have led there. */
function silentAt(frame: Frame): Excuse {
  const others = frame.doors.slice(1);
  return ({ door, fault, reason }) =>
    !others.some(({ address }) => door.startsWith(`${address}:`)) &&
    fault !== "misrouted" &&
    !reason.startsWith("status ");
}

/** Gives the neighbour one more host, or its own alone. */
async function rename({ lab }: Frame, more: string): Promise<void> {
  const hosts = [neighbour.host, more].filter((host) => host !== "").join(",");
  await sh(lab, `docker service update --quiet --detach --label-add com.docker.lb.hosts=${hosts} ${neighbour.name}`);
}

/** The trouble of the proxy, when it has told it. */
async function troubleOf({ lab }: Frame): Promise<string> {
  const { hostname } = lab.node(proxyNodes[0]);
  return await until("status to tell the trouble", 30_000, async () => {
    const { clusters } = await statusOf(lab);
    return clusters[0]?.proxies.find(({ node }) => node === hostname)?.trouble;
  });
}
