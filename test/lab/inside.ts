/**
 * Reaching into a node: its namespaces, its containers' processes, its overlay networks. For causing faults no API causes.
 */
import { LabError } from "./names.ts";
import { type LabNode, machinePid } from "./node.ts";
import { must } from "./run.ts";

/** A process of a container; `pid` counts in the node. */
export interface ContainerProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Runs a command with the node's mounts, network and processes. Fails with a LabError when the command does. */
export async function inNode(node: LabNode, argv: readonly string[]): Promise<string> {
  const machine = machinePid(node.names);
  if (machine === undefined) throw new LabError(`${node.hostname} is off`);
  return await must(["nsenter", "--target", String(machine), "--mount", "--uts", "--net", "--pid", "--", ...argv]);
}

/** The one container of a service on a node. */
export async function containerOf(node: LabNode, service: string): Promise<string> {
  const ids = await docker(
    node,
    "ps",
    "-q",
    "--no-trunc",
    "--filter",
    `label=com.docker.swarm.service.name=${service}`,
  );
  if (!/^\w+$/.test(ids)) throw new LabError(`${node.hostname} does not run one container of ${service}: ${ids}`);
  return ids;
}

/** The processes of a service's container on a node. */
export async function processesOf(node: LabNode, service: string): Promise<readonly ContainerProcess[]> {
  const listed = await docker(node, "top", await containerOf(node, service), "-o", "pid,ppid,args");
  return listed.split("\n").flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** Ends a process of a node with SIGKILL: the first of a container too, which cannot be killed from within. */
export async function killInNode(node: LabNode, pid: number): Promise<void> {
  await inNode(node, ["kill", "-KILL", String(pid)]);
}

/** Runs a command with the mounts of a service's container, as the node's root. */
export async function inMountsOf(node: LabNode, service: string, argv: readonly string[]): Promise<string> {
  const pid = await docker(node, "inspect", "--format", "{{.State.Pid}}", await containerOf(node, service));
  return await inNode(node, ["nsenter", "--target", pid, "--mount", "--", ...argv]);
}

/**
 * Cuts one overlay network between this node and the others; other networks, and the gossip about all of them, go on.
 *
 * Why the bridge's port and not the tunnel itself: a link that goes down forgets its neighbours, and the engine would not tell it again.
 */
export async function cutOverlay(node: LabNode, network: string): Promise<void> {
  await setTunnel(node, network, 0);
}

/** Ends {@link cutOverlay}. */
export async function healOverlay(node: LabNode, network: string): Promise<void> {
  await setTunnel(node, network, 3);
}

/** Port states of a bridge, as `bridge(8)` counts them: 0 disabled, 3 forwarding. */
async function setTunnel(node: LabNode, network: string, state: 0 | 3): Promise<void> {
  const id = await docker(node, "network", "inspect", "--format", "{{.Id}}", network);
  const namespace = `/run/docker/netns/1-${id.slice(0, 10)}`;
  const words = ["bridge", "link", "set", "dev", "vxlan0", "state", String(state)];
  await inNode(node, ["nsenter", `--net=${namespace}`, "--", ...words]);
}

async function docker(node: LabNode, ...argv: readonly string[]): Promise<string> {
  return await must(["docker", ...argv], { env: { DOCKER_HOST: `unix://${node.dockerSocket}` }, timeoutMs: 30_000 });
}
