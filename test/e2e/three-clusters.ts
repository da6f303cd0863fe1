/**
 * A Swarm in the state the article ends with: dev, test and prod, each with its app, each serving.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfigToml } from "../../src/config/default.ts";
import type { Lab } from "../lab/lab.ts";
import { resetSwarm } from "./reset.ts";
import { clusters, demoStack, downloadCommands, threeClusters, updateCommands } from "./article.ts";
import { get, ingress, publishMode, sh, tryShell, until } from "./swarm.ts";

/** Host of a cluster's demo app. */
export function hostOf(name: string): string {
  return `demo.${name}.example`;
}

/** The three-section configuration as text. */
export function threeClusterToml(lab: Lab): string {
  return threeClusters(defaultConfigToml({ httpPort: 8080, httpsPort: 8443, publishMode: publishMode(lab) }));
}

/** Brings the Swarm there from whatever it is. Each app's tasks stay on their cluster's node, as collections would keep them. */
export async function threeClusterSwarm(lab: Lab): Promise<void> {
  await resetSwarm(lab);
  for (const { name, node } of clusters) {
    await sh(
      lab,
      `docker node update --label-add com.docker.interlock.service.cluster=${name} node${node}
docker network create ingress_${name} --driver overlay`,
    );
  }
  await inFolder(async (folder) => {
    await writeFile(join(folder, "config.toml"), threeClusterToml(lab));
    await sh(
      lab,
      `docker config create com.docker.ucp.interlock.conf-1 ${folder}/config.toml\ninterlock enable --keep-config`,
    );
  });
  for (const { name } of clusters) await deployDemo(lab, name);
  for (const { name, port } of clusters) {
    await until(
      `${name}'s app to answer`,
      90_000,
      async () => (await get(ingress(lab, name), port, hostOf(name), "/ping")).status === 200,
    );
  }
}

/** Deploys (or changes) a cluster's demo app as stack `demo<cluster>`. */
export async function deployDemo(lab: Lab, name: string, replicas = 2): Promise<void> {
  const stack = demoStack(name, `ingress_${name}`, hostOf(name), replicas).replace(
    `replicas: ${replicas}\n`,
    `replicas: ${replicas}
      placement:
        constraints: ["node.labels.com.docker.interlock.service.cluster == ${name}"]\n`,
  );
  await inFolder(async (folder) => {
    await writeFile(join(folder, "docker-stack.yml"), stack);
    await sh(lab, `docker stack deploy -c ${folder}/docker-stack.yml demo${name}`);
  });
}

/** The article's steps 4, 6 and 7 with a changed file. Returns the exit code and everything Swarm said. */
export async function applyConfig(
  lab: Lab,
  change: (toml: string) => string | Uint8Array,
): Promise<{ status: number; output: string }> {
  return await inFolder(async (folder) => {
    const current = await sh(lab, `cd ${folder}\n${downloadCommands}\ncat config.orig.toml`);
    await writeFile(join(folder, "config.new.toml"), change(current));
    // Numbers of refused configurations are taken: a person would count on.
    const commands = updateCommands.replace(
      "docker config create $NEW_CONFIG_NAME",
      `while docker config inspect $NEW_CONFIG_NAME > /dev/null 2>&1; do NEW_CONFIG_NAME="com.docker.ucp.interlock.conf-$(( $(cut -d '-' -f 2 <<< "$NEW_CONFIG_NAME") + 1 ))"; done
docker config create $NEW_CONFIG_NAME`,
    );
    return await tryShell(lab, `cd ${folder}\n${downloadCommands}\n${commands}`);
  });
}

/** What must not change while another cluster breaks: the tasks of a cluster's proxies and the processes of their nginx. */
export async function proxyFingerprint(lab: Lab, name: string): Promise<string> {
  const service = `ucp-interlock-proxy-${name}`;
  const tasks = await sh(
    lab,
    `docker service ps --no-trunc --filter desired-state=running --format '{{.ID}} {{.Node}}' ${service}`,
  );
  const lines = tasks.trim().split("\n");
  const processes = await Promise.all(
    lines.map(async (line) => {
      const node = lab.nodes.find((each) => each.hostname === line.split(" ")[1]);
      if (node === undefined) return line;
      const ran = await lab.sh(
        node,
        `docker top $(docker ps -q --filter label=com.docker.swarm.service.name=${service}) -o pid,comm | grep nginx`,
      );
      return `${line}\n${ran.stdout}`;
    }),
  );
  return processes.join("\n");
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "interlock-e2e-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
