/**
 * The nodes become one Swarm.
 */
import type { Log } from "./names.ts";
import type { LabNode } from "./node.ts";
import { must, waitUntil } from "./run.ts";

/** Makes node 1 the first manager, joins the others (the first `managers` as managers), waits until all are ready. */
export async function makeSwarm(nodes: readonly LabNode[], managers: number, log: Log): Promise<void> {
  const [first, ...others] = nodes;
  if (first === undefined) return;
  await docker(first, "swarm", "init", "--advertise-addr", first.address);
  const [worker, manager] = await Promise.all([
    docker(first, "swarm", "join-token", "-q", "worker"),
    docker(first, "swarm", "join-token", "-q", "manager"),
  ]);
  const join = (node: LabNode, token: string): Promise<string> =>
    docker(node, "swarm", "join", "--advertise-addr", node.address, "--token", token, `${first.address}:2377`);
  // Managers one after the other: each join changes the quorum the next one needs.
  for (const node of others.slice(0, managers - 1)) await join(node, manager);
  await Promise.all(others.slice(managers - 1).map((node) => join(node, worker)));
  await waitUntil(
    "all nodes to be ready in the Swarm",
    60_000,
    async () => (await readyNodes(first)).length === nodes.length,
  );
  log(`swarm: ${nodes.length} nodes ready, ${managers} of them manager${managers === 1 ? "" : "s"}`);
}

/** The host names of the nodes a manager sees as ready. */
export async function readyNodes(manager: LabNode): Promise<readonly string[]> {
  const listed = await docker(manager, "node", "ls", "--format", "{{.Hostname}} {{.Status}}");
  return listed.split("\n").flatMap((line) => (line.endsWith(" Ready") ? [line.slice(0, -" Ready".length)] : []));
}

async function docker(node: LabNode, ...argv: readonly string[]): Promise<string> {
  return must(["docker", ...argv], { env: environment(node), timeoutMs: 60_000 });
}

function environment(node: LabNode): NodeJS.ProcessEnv {
  return { DOCKER_HOST: `unix://${node.dockerSocket}` };
}
