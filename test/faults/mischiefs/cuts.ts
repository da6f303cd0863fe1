/**
 * What is cut off: the control network, a node with applications.
 */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { sh, statusOf, until } from "../../e2e/swarm.ts";
import { cutOverlay, healOverlay } from "../../lab/inside.ts";
import type { Lab } from "../../lab/lab.ts";
import { createApp } from "../../e2e/enabled.ts";
import { tasksOf } from "../../e2e/engine.ts";
import { type App, mainNetwork, plain, steady, web } from "../applications.ts";
import { appNodes, type Frame, proxyNodes } from "../frame.ts";
import type { Mischief } from "../mischief.ts";
import { nothingLost, servesAgain } from "../neighbour.ts";
import { settled } from "../settled.ts";
import { rollAll } from "./rolls.ts";

const apps: readonly App[] = [web, plain, steady];
const controlNetwork = "ucp-interlock";

/** Core and proxies cannot reach each other; meanwhile applications roll, so that the proxies have to find the tasks themselves. */
export const controlNetworkCut: Mischief = {
  name: "the control network is cut while applications roll, and heals",
  allowed: "0",
  run: async (stage) => {
    const { frame } = stage;
    const { lab } = frame;
    const nodes = proxyNodes.map((n) => lab.node(n));
    const end = performance.now() + (stage.thorough ? 180_000 : 20_000);
    try {
      for (const node of nodes) await cutOverlay(node, controlNetwork);
      await until("core to miss its proxies", 60_000, async () => {
        const { clusters } = await statusOf(lab);
        return clusters[0]?.proxies.length === 0;
      });
      do {
        await rollAll(lab, [web, plain], "--update-order start-first --force");
        await nothingLost(frame, "the control network is cut");
      } while (performance.now() < end);
    } finally {
      for (const node of nodes) await healOverlay(node, controlNetwork);
    }
    return undefined;
  },
};

/** A node that carries tasks and no proxy, until Swarm has noticed and a moment longer. */
export const applicationNodeCut: Mischief = {
  name: "an application's node is cut off, and heals",
  allowed: "requests on it within the detection time, then 0",
  run: async ({ frame, say }) => {
    const { lab } = frame;
    const node = lab.node(appNodes[0]);
    const beganAt = Date.now();
    if (!(await isSpread(lab))) {
      await spreadAnew(frame);
      await settled(lab);
    }
    const endpoints = async (): Promise<readonly string[]> =>
      (await statusOf(lab)).clusters[0]?.routes.find(({ host }) => host === steady.host)?.endpoints ?? [];
    const before = await endpoints();
    const cutAt = Date.now();
    await node.cutOff();
    let noticedAt: number;
    try {
      await until("the endpoint there to leave", 90_000, async () => {
        const now = await endpoints();
        return before.some((endpoint) => !now.includes(endpoint));
      });
      noticedAt = Date.now();
      say(`noticed after ${((noticedAt - cutAt) / 1_000).toFixed(1)} s`);
      await sleep(5_000);
    } finally {
      await node.heal();
    }
    assert.ok(before.length > 1, `${steady.host} has ${before.length} endpoints`);
    await spreadAnew(frame);
    // What lasts ends with the tasks on that node, and with those that are replaced before and afterwards.
    return ({ kind, began, ended }) => {
      const lasts = kind === "webSocket" || kind === "download";
      return ended >= (lasts ? beganAt : cutAt) - 100 && (lasts || began <= noticedAt);
    };
  },
};

/** Whether each application has tasks on more than one node. */
async function isSpread(lab: Lab): Promise<boolean> {
  const nodes = await Promise.all(
    apps.map(async ({ name }) => new Set((await tasksOf(lab, name)).map(({ NodeID }) => NodeID)).size),
  );
  return nodes.every((count) => count > 1);
}

/** Swarm leaves tasks where they went when their node was away: each application gets its tasks on both nodes again. */
async function spreadAnew(frame: Frame): Promise<void> {
  const { lab } = frame;
  await until("the node to be back", 60_000, async () => {
    const states = await sh(lab, "docker node ls --format '{{.Status}}'");
    return states
      .trim()
      .split("\n")
      .every((state) => state === "Ready");
  });
  await settled(lab);
  await reachedAnew(frame);
  // Stopping first: beside two old tasks on one node, Swarm may put both new ones on the other.
  for (let rolls = 0; rolls === 0 || !(await isSpread(lab)); rolls += 1) {
    if (rolls === 5) throw new Error("Swarm does not spread the tasks over the nodes");
    await rollAll(lab, apps, "--update-order stop-first --force");
  }
}

/**
 * Waits until a task that starts on the node now is reached through each proxy: the node is well before its network is, and Swarm, which does not
 * know, would stop the tasks that are reached for some that are not.
 */
async function reachedAnew({ lab, doors }: Frame): Promise<void> {
  const [name, host] = ["probe", "probe.faults.example"];
  const { hostname } = lab.node(appNodes[0]);
  const pinned = `--constraint node.hostname==${hostname}`;
  await createApp(lab, name, { "com.docker.lb.hosts": host }, { network: mainNetwork, words: pinned });
  try {
    for (const door of doors) await servesAgain(door, 120_000, host);
  } finally {
    await sh(lab, `docker service rm ${name}`);
  }
  await settled(lab);
}
