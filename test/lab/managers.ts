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
 * Shape: afterwards, whatever `work` did: every engine runs, every node is ready, node 1 is the one manager again.
 */
export async function withThreeManagers<T>(lab: Lab, work: () => Promise<T>): Promise<T> {
  const [first, ...others] = [lab.node(1), lab.node(2), lab.node(3)];
  if (first === undefined) throw new LabError("a lab has a first node");
  const names = others.map((node) => node.hostname);
  try {
    await docker(first, "node", "promote", ...names);
    await waitUntil("three managers to reach each other", 30_000, async () => {
      const nodes = await nodesSeen(first);
      return nodes.filter(({ manager }) => manager === "Leader" || manager === "Reachable").length === 3;
    });
    return await work();
  } finally {
    for (const node of lab.nodes) await node.start();
    await allReady(lab, first);
    for (const name of names) {
      // Refused while the quorum would suffer, e.g. just after a manager came back.
      await waitUntil(`${name} to be a worker again`, 60_000, async () => {
        const seen = await nodesSeen(first);
        if (seen.some(({ hostname, manager }) => hostname === name && manager === "")) return true;
        await docker(first, "node", "demote", name);
        return false;
      });
    }
    await waitUntil("node 1 to lead alone", 60_000, async () => {
      const seen = await nodesSeen(first);
      return seen.every(({ hostname, manager }) => manager === (hostname === first.hostname ? "Leader" : ""));
    });
    await allReady(lab, first);
  }
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
