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
 * Shape: afterwards, whatever `work` did: every engine runs, every node is ready, node 1 is the one manager again and takes changes. Where
 * the managers cannot agree any more, the Swarm is made anew from what node 1 knows, and the others join it again.
 */
export async function withThreeManagers<T>(lab: Lab, work: () => Promise<T>): Promise<T> {
  const first = lab.node(1);
  const others = [lab.node(2), lab.node(3)];
  const labels = new Map<LabNode, string>();
  for (const node of lab.nodes)
    labels.set(node, await docker(first, "node", "inspect", "-f", labelWords, node.hostname));
  try {
    // One after the other: each join changes the quorum the next one needs.
    for (const node of others) await promote(first, node);
    return await work();
  } finally {
    for (const node of lab.nodes) await node.start();
    try {
      await demoteAll(lab, others);
    } catch {
      await remake(lab, labels);
    }
  }
}

async function promote(manager: LabNode, node: LabNode): Promise<void> {
  await docker(manager, "node", "promote", node.hostname);
  await waitUntil(`${node.hostname} to be a manager`, 60_000, async () => {
    const seen = (await nodesSeen(manager)).find(({ hostname }) => hostname === node.hostname);
    return seen?.manager === "Reachable" && (await ownAccount(node)) === "true active";
  });
}

async function demoteAll(lab: Lab, others: readonly LabNode[]): Promise<void> {
  const first = lab.node(1);
  await allReady(lab, first);
  for (const node of [first, ...others])
    await waitUntil(`${node.hostname} to manage again`, 60_000, async () => (await nodesSeen(node)).length > 0);
  // The leader last, so that leadership moves once, and to node 1.
  const leads = (await leader(lab, first)).hostname;
  for (const node of others.toSorted((a, b) => Number(a.hostname === leads) - Number(b.hostname === leads))) {
    await docker(first, "node", "demote", node.hostname);
    await waitUntil(`${node.hostname} to be a worker`, 45_000, async () => (await ownAccount(node)) === "false active");
  }
  await waitUntil("node 1 to lead alone", 30_000, async () => {
    const seen = await nodesSeen(first);
    return seen.every(({ hostname, manager }) => manager === (hostname === first.hostname ? "Leader" : ""));
  });
  await takesChanges(first);
  await allReady(lab, first);
}

/** One manager from what node 1 knows; the nodes that were managers beside it join as workers, with the labels they had. */
async function remake(lab: Lab, labels: ReadonlyMap<LabNode, string>): Promise<void> {
  const [first, others] = [lab.node(1), lab.nodes.slice(1)];
  // Whoever was a manager would ask the others for ever.
  const lost = others.slice(0, 2);
  for (const node of lost)
    await must(["docker", "swarm", "leave", "--force"], { env: environment(node) }).catch(() => "");
  await docker(first, "swarm", "init", "--force-new-cluster", "--advertise-addr", first.address);
  await waitUntil("node 1 to lead alone", 60_000, async () => (await leader(lab, first)) === first);
  // The engine's network half learns only at its start that it is a manager's again.
  await first.kill();
  await first.start();
  await waitUntil("node 1 to lead alone", 60_000, async () => (await leader(lab, first)) === first);
  for (const node of lost) {
    await docker(first, "node", "demote", node.hostname).catch(() => "");
    await waitUntil(`${node.hostname} to be forgotten`, 30_000, async () => {
      await docker(first, "node", "rm", "--force", node.hostname);
      return true;
    });
  }
  const token = await docker(first, "swarm", "join-token", "-q", "worker");
  for (const node of lost) {
    await docker(node, "swarm", "join", "--advertise-addr", node.address, "--token", token, `${first.address}:2377`);
  }
  await allReady(lab, first);
  for (const node of lost) {
    for (const label of (labels.get(node) ?? "").split("\n").filter((line) => line !== ""))
      await docker(first, "node", "update", "--label-add", label, node.hostname);
  }
  await takesChanges(first);
}

/** A label a line. */
const labelWords = `{{range $name, $value := .Spec.Labels}}{{$name}}={{$value}}\n{{end}}`;

/** Whether a node takes itself for a manager, and how its part in the Swarm stands. */
async function ownAccount(node: LabNode): Promise<string> {
  return await docker(node, "info", "--format", "{{.Swarm.ControlAvailable}} {{.Swarm.LocalNodeState}}");
}

/** Fails when the Swarm takes no change: a store that hangs still answers questions. */
async function takesChanges(manager: LabNode): Promise<void> {
  const name = "lab-takes-changes";
  await docker(manager, "network", "create", "--driver", "overlay", name);
  await docker(manager, "network", "rm", name);
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
  return await must(["docker", ...argv], { env: environment(node), timeoutMs: 30_000 });
}

function environment(node: LabNode): NodeJS.ProcessEnv {
  return { DOCKER_HOST: `unix://${node.dockerSocket}` };
}
