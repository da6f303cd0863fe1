/**
 * `make demo`: the article's end state to look at. In the lab by default; with `--swarm here` in the Swarm of this machine.
 * `--down` removes what a crashed demo left.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { defaultConfigToml } from "../src/config/default.ts";
import { clusters, demoStack, threeClusters } from "../test/e2e/article.ts";
import { facts } from "../test/lab/facts.ts";
import { demoImage, interlockImage } from "../test/lab/images.ts";
import { downLab, upLab } from "../test/lab/lab.ts";

/** Where the demo runs. */
interface Place {
  /** What the cluster's extension and proxies are pinned to. */
  readonly constraint: (cluster: string) => string;
  readonly address: (node: number) => string;
  readonly publishMode: "ingress" | "host";
  /** How a person gets a shell in which `docker` speaks to this Swarm. */
  readonly shell: string;
  readonly sh: (script: string) => Promise<string>;
}

const host = "ingress-demo.lab.capstonec.net";
const began = performance.now();
const argv = process.argv.slice(2);
const here = argv.includes("--swarm") && argv[argv.indexOf("--swarm") + 1] === "here";

function say(line: string): void {
  const short = line.length > 150 ? `${line.slice(0, 149)}…` : line;
  console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${short}`);
}

const prelude = `set -euo pipefail
interlock() { docker run --rm -i -v /var/run/docker.sock:/var/run/docker.sock ${interlockImage.tag} "$@"; }
`;

async function labPlace(): Promise<Place> {
  // A lab that is up may hold anything: the demo shows a Swarm from its beginning.
  await downLab(say);
  const lab = await upLab({ nodes: 4, log: say });
  for (const { dockerfile, context, tag } of [interlockImage, demoImage]) {
    say(`building ${tag}`);
    await lab.buildAndPush(dockerfile, context, tag);
  }
  const sh = async (script: string): Promise<string> => {
    const ran = await lab.sh(lab.node(1), prelude + script, {}, { timeoutMs: 300_000 });
    if (ran.code !== 0) throw new Error(`${script}\n${ran.stdout}${ran.stderr}`);
    return ran.stdout;
  };
  for (const { name, node } of clusters)
    await sh(`docker node update --label-add com.docker.interlock.service.cluster=${name} node${node}`);
  return {
    constraint: (cluster) => `node.labels.com.docker.interlock.service.cluster==${cluster}`,
    address: (node) => lab.node(node).address,
    publishMode: lab.ipvs ? "ingress" : "host",
    shell: "make lab-shell",
    sh,
  };
}

/** This machine's own Swarm: images are built here, so everything is pinned to this node. */
async function herePlace(): Promise<Place> {
  const sh = async (script: string): Promise<string> =>
    (await promisify(execFile)("bash", ["-c", prelude + script], { maxBuffer: 1 << 26 })).stdout;
  const [active, address] = (await sh("docker info --format '{{.Swarm.ControlAvailable}} {{.Swarm.NodeAddr}}'"))
    .trim()
    .split(" ");
  if (active !== "true")
    throw new Error(
      "the Docker Engine here is no Swarm manager: 'docker swarm init' first, or 'make demo' without SWARM=here",
    );
  for (const { dockerfile, context, tag } of [interlockImage, demoImage]) {
    say(`building ${tag}`);
    await sh(`docker build --quiet --tag ${tag} --file ${dockerfile} ${context}`);
  }
  const id = (await sh("docker info --format '{{.Swarm.NodeID}}'")).trim();
  return {
    constraint: () => `node.id==${id}`,
    address: () => address ?? "127.0.0.1",
    publishMode: (await facts()).ipvs ? "ingress" : "host",
    shell: "this one",
    sh,
  };
}

async function show(place: Place): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "interlock-demo-"));
  try {
    const toml = threeClusters(defaultConfigToml({ httpPort: 8080, httpsPort: 8443, publishMode: place.publishMode }));
    const pinned = clusters.reduce(
      (text, { name }) =>
        text.replaceAll(`node.labels.com.docker.interlock.service.cluster=${name}"`, `${place.constraint(name)}"`),
      toml,
    );
    writeFileSync(join(folder, "config.toml"), pinned);
    writeFileSync(join(folder, "docker-stack.yml"), demoStack("dev", "ingress_dev", host));
    say("enabling Interlock with the article's three service clusters");
    await place.sh(
      `docker config create com.docker.ucp.interlock.conf-1 ${folder}/config.toml > /dev/null\ninterlock enable --keep-config`,
    );
    say("deploying the demo app to dev");
    await place.sh(
      `docker network create ingress_dev --driver overlay > /dev/null\ndocker stack deploy -c ${folder}/docker-stack.yml demodev`,
    );
    await until(
      "three proxies",
      async () =>
        (await place.sh("docker service ls --format '{{.Name}} {{.Replicas}}'")).match(/proxy-(dev|test|prod) 1\/1/g)
          ?.length === 3,
    );
    await until("the app", async () => (await answer(place, "dev")) === "200");
  } finally {
    rmSync(folder, { recursive: true });
  }
  say("up:");
  for (const { name, node, port } of clusters) {
    const status = await answer(place, name);
    console.log(
      `        ${name.padEnd(4)}  http://${place.address(node)}:${port}  Host: ${host}  → ${status}${status === "200" ? " (the app)" : " (not published here)"}`,
    );
  }
  const dev = `http://${place.address(2)}:8082`;
  console.log(`
Try it (a shell on the Swarm's manager: ${place.shell}):
  curl -H 'Host: ${host}' ${dev}/ping
  docker service ls
  docker service scale demodev_demo=5
  docker service update --label-add com.docker.lb.hosts=${host},another.example demodev_demo && curl -H 'Host: another.example' ${dev}/ping
  docker run --rm -v /var/run/docker.sock:/var/run/docker.sock ${interlockImage.tag} status

To look at it in a browser: curl --resolve is for terminals; add "${place.address(2)} ${host}" to /etc/hosts and open http://${host}:8082/

It stays up until Ctrl-C.`);
}

async function answer(place: Place, name: string): Promise<string> {
  const found = clusters.find((cluster) => cluster.name === name);
  if (found === undefined) return "";
  return (
    await place.sh(
      `curl -s -m 5 -o /dev/null -w '%{http_code}' -H 'Host: ${host}' http://${place.address(found.node)}:${found.port}/ || true`,
    )
  ).trim();
}

async function until(what: string, ask: () => Promise<boolean>): Promise<void> {
  say(`waiting for ${what}`);
  const end = performance.now() + 180_000;
  while (!(await ask())) {
    if (performance.now() > end) throw new Error(`waited three minutes for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Removes what the demo added; everything else of a Swarm that was here before stays. */
async function down(): Promise<void> {
  if (!here) {
    await downLab(say);
    return;
  }
  say("removing what the demo added");
  const script = `${prelude}
docker stack rm demodev || true
interlock disable --purge
for i in $(seq 60); do docker network rm ingress_dev > /dev/null 2>&1 && break; docker network inspect ingress_dev > /dev/null 2>&1 || break; sleep 1; done
for name in dev test prod; do for i in $(seq 30); do docker volume rm -f interlock-ucp-interlock-proxy-$name-$name > /dev/null 2>&1 && break; sleep 1; done; done`;
  const { stdout } = await promisify(execFile)("bash", ["-c", script]);
  process.stdout.write(stdout);
}

if (argv.includes("--down")) {
  await down();
} else {
  const ended = new Promise<void>((resolve) => {
    // Waiting for a signal alone would not keep the process alive.
    setInterval(() => {}, 60_000);
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  try {
    const shown = (here ? herePlace() : labPlace()).then(show);
    await Promise.race([shown.then(() => ended), ended]);
    say("ending");
  } finally {
    await down();
  }
}
process.exit();
