/**
 * Measures, on the lab's Swarm: what the roles weigh at rest, how soon a proxy serves.
 * Prints a table in Markdown. Run: make lab && node test/lab/cli.ts images && node bench/lab.ts
 */
import { cluster } from "../test/e2e/article.ts";
import { get, sh, statusOf, theLab, until } from "../test/e2e/swarm.ts";
import { deployDemo, hostOf, threeClusterSwarm } from "../test/e2e/three-clusters.ts";
import { quantile } from "./data-path/statistics.ts";
import type { Lab } from "../test/lab/lab.ts";

/** Resident memory by process name in the containers of a service, in MB. */
async function memory(lab: Lab, service: string): Promise<string> {
  const where = (
    await sh(lab, `docker service ps --filter desired-state=running --format '{{.Node}}' ${service}`)
  ).trim();
  const node = lab.nodes.find((each) => each.hostname === where);
  if (node === undefined) throw new Error(`${service} runs nowhere`);
  const ran = await lab.sh(
    node,
    `docker top $(docker ps -q --filter label=com.docker.swarm.service.name=${service}) -o pid,rss,comm | tail -n +2`,
  );
  const byName = new Map<string, number>();
  for (const line of ran.stdout.trim().split("\n")) {
    const [, rss = "0", comm = "?"] = line.trim().split(/\s+/);
    // Node names its first thread so.
    const name = comm === "MainThread" ? "node" : comm;
    byName.set(name, (byName.get(name) ?? 0) + Number(rss) / 1024);
  }
  return [...byName].map(([name, mb]) => `${name} ${mb.toFixed(0)} MB`).join(", ");
}

/** From the start of a proxy's container to its first answer; milliseconds. */
async function proxyStart(lab: Lab): Promise<number> {
  const node = lab.node(cluster("dev").node);
  const ps = "docker ps -q --filter label=com.docker.swarm.service.name=ucp-interlock-proxy-dev";
  const old = (await lab.sh(node, ps)).stdout.trim();
  await lab.sh(node, `docker kill ${old}`);
  await until("the old proxy to be gone", 10_000, async () =>
    get(node.address, cluster("dev").port, hostOf("dev"), "/ping", 500).then(
      () => false,
      () => true,
    ),
  );
  let answered = 0;
  await until("the new proxy to answer", 60_000, async () => {
    const { status } = await get(node.address, cluster("dev").port, hostOf("dev"), "/ping", 500);
    answered = Date.now();
    return status === 200;
  });
  const started = (await lab.sh(node, `docker inspect --format '{{.State.StartedAt}}' $(${ps})`)).stdout.trim();
  return answered - Date.parse(started);
}

const lab = await theLab();
await threeClusterSwarm(lab);
await deployDemo(lab, "dev", 2);
await until("everything to be current", 60_000, async () =>
  (await statusOf(lab)).clusters.every((each) => each.proxies.every((proxy) => proxy.state === "current")),
);
const starts: number[] = [];
for (let round = 0; round < 5; round += 1) starts.push(await proxyStart(lab));
const rows = [
  [
    "a proxy's container starts → first right answer (from its last good)",
    `median ${quantile(starts, 0.5).toFixed(0)} ms, most ${Math.max(...starts).toFixed(0)} ms (5 rounds)`,
  ],
  ["memory of core at rest", await memory(lab, "ucp-interlock")],
  ["memory of an extension at rest", await memory(lab, "ucp-interlock-extension-dev")],
  ["memory of a proxy at rest", await memory(lab, "ucp-interlock-proxy-dev")],
];
console.log(`| What | Measured |\n|---|---|\n${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}`);
