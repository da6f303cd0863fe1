/**
 * A Swarm with more managers for a while.
 */
import type { Lab } from "./lab.ts";
import { LabError } from "./names.ts";
import type { LabNode } from "./node.ts";
import { must, waitUntil } from "./run.ts";

/** What a manager says of one node. */
export interface NodeLine {
  readonly hostname: string;
  readonly status: string;
  /** `Leader`, `Reachable`, `Unreachable`; empty for a worker. */
  readonly manager: string;
}

/**
 * Makes nodes 2 and 3 managers too while `work` lasts.
 *
 * Shape: afterwards, whatever `work` did: every engine runs, every node is ready, node 1 is the one manager again and takes changes.
 */
export async function withThreeManagers<T>(lab: Lab, work: () => Promise<T>): Promise<T> {
  const [first, second, third] = [lab.node(1), lab.node(2), lab.node(3)];
  const names = [second.hostname, third.hostname];
  try {
    await docker(first, "node", "promote", ...names);
    await threeReachable(first);
    return await work();
  } finally {
    for (const node of lab.nodes) await node.start();
    await allReady(lab, first);
    // A member that has just come back must have caught up before another one leaves: the quorum hangs otherwise, and every change with it.
    await threeReachable(first);
    // The leader last, so that leadership moves once, and to node 1.
    const leads = (await leader(lab, first)).hostname;
    for (const node of [second, third].toSorted((a, b) => Number(a.hostname === leads) - Number(b.hostname === leads)))
      await demote(first, node);
    await waitUntil("node 1 to lead alone", 60_000, async () => {
      const seen = await nodesSeen(first);
      return seen.every(({ hostname, manager }) => manager === (hostname === first.hostname ? "Leader" : ""));
    });
    await takesChanges(first).catch(() => restart(first));
    await takesChanges(first);
    await allReady(lab, first);
  }
}

async function threeReachable(manager: LabNode): Promise<void> {
  let since = Infinity;
  await waitUntil("three managers to reach each other for some seconds", 90_000, async () => {
    const seen = await nodesSeen(manager).catch(() => []);
    const whole = seen.filter((node) => node.manager === "Leader" || node.manager === "Reachable").length === 3;
    since = whole ? Math.min(since, performance.now()) : Infinity;
    return performance.now() - since > 5_000;
  });
}

/** Makes a manager a worker, and waits until it is one by its own account too. */
async function demote(manager: LabNode, node: LabNode): Promise<void> {
  await waitUntil(`${node.hostname} to be a worker for the others`, 60_000, async () => {
    const seen = await nodesSeen(manager);
    if (seen.some(({ hostname, manager }) => hostname === node.hostname && manager === "")) return true;
    await docker(manager, "node", "demote", node.hostname);
    return false;
  });
  const isWorker = (): Promise<void> =>
    waitUntil(`${node.hostname} to be a worker for itself`, 30_000, async () => {
      const words = "{{.Swarm.ControlAvailable}} {{.Swarm.LocalNodeState}}";
      return (await docker(node, "info", "--format", words)) === "false active";
    });
  // Removed before its new certificate came, a node asks to be a member again for ever; started anew it asks what it is.
  await isWorker().catch(async () => {
    await restart(node);
    await isWorker();
  });
}

/** Whether the Swarm takes a change at all: a store that hangs still answers questions. */
async function takesChanges(manager: LabNode): Promise<void> {
  const name = "lab-takes-changes";
  await docker(manager, "config", "create", name, "/etc/hostname");
  await docker(manager, "config", "rm", name);
}

async function restart(node: LabNode): Promise<void> {
  await node.kill();
  await node.start();
}

/** The node that leads, as seen from `asked`. A LabError when none does. */
export async function leader(lab: Lab, asked: LabNode): Promise<LabNode> {
  const found = (await nodesSeen(asked)).find(({ manager }) => manager === "Leader");
  const node = lab.nodes.find(({ hostname }) => hostname === found?.hostname);
  if (node === undefined) throw new LabError("no manager leads");
  return node;
}

/** Every node as a manager sees it. */
export async function nodesSeen(manager: LabNode): Promise<readonly NodeLine[]> {
  const listed = await docker(manager, "node", "ls", "--format", "{{.Hostname}} {{.Status}} {{.ManagerStatus}}");
  return listed.split("\n").map((line) => {
    const [hostname = "", status = "", role = ""] = line.split(" ");
    return { hostname, status, manager: role };
  });
}

async function allReady(lab: Lab, manager: LabNode): Promise<void> {
  await waitUntil("all nodes to be ready", 90_000, async () => {
    const seen = await nodesSeen(manager);
    return seen.length === lab.nodes.length && seen.every(({ status }) => status === "Ready");
  });
}

async function docker(node: LabNode, ...argv: readonly string[]): Promise<string> {
  return await must(["docker", ...argv], { env: { DOCKER_HOST: `unix://${node.dockerSocket}` }, timeoutMs: 30_000 });
}
