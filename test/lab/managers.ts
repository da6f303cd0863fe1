/**
 * Who manages the Swarm. More than one manager a lab has only from its beginning (`upLab({ managers: 3 })`): where workers of a running lab
 * are promoted, or leave and join as managers, swarmkit's store hangs more often than not ("data store lock held too long"), for good.
 */
import type { Lab } from "./lab.ts";
import { LabError } from "./names.ts";
import type { LabNode } from "./node.ts";
import { must } from "./run.ts";

/** What a manager says of one node. */
interface NodeLine {
  readonly hostname: string;
  readonly status: string;
  /** `Leader`, `Reachable`, `Unreachable`; empty for a worker. */
  readonly manager: string;
}

/** The node that leads, as seen from `asked`. A LabError when none does. */
export async function leader(lab: Lab, asked: LabNode): Promise<LabNode> {
  const found = (await nodesSeen(asked)).find(({ manager }) => manager === "Leader");
  const node = lab.nodes.find(({ hostname }) => hostname === found?.hostname);
  if (node === undefined) throw new LabError("no manager leads");
  return node;
}

/** Every node as a manager sees it. */
async function nodesSeen(manager: LabNode): Promise<readonly NodeLine[]> {
  const argv = ["docker", "node", "ls", "--format", "{{.Hostname}} {{.Status}} {{.ManagerStatus}}"];
  const env = { DOCKER_HOST: `unix://${manager.dockerSocket}` };
  const listed = await must(argv, { env, timeoutMs: 30_000 });
  return listed.split("\n").map((line) => {
    const [hostname = "", status = "", role = ""] = line.split(" ");
    return { hostname, status, manager: role };
  });
}
