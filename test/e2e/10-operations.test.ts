/**
 * What operators do to a running Interlock, with the documented commands: regions as service clusters, dedicated ingress nodes, tuning,
 * updating, reading the live configuration and the logs. Source: the usage scenarios of the original (4.3, 4.4, 4.8, 4.19, 4.20, 4.22).
 */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { interlockImage } from "../lab/images.ts";
import { downloadCommands, updateCommands } from "./article.ts";
import { answerer, createApp, curl, enabledSwarm, entrance, type Entrance } from "./enabled.ts";
import { resetSwarm } from "./reset.ts";
import { labReason, load, publishMode, sh, statusOf, theLab, tryShell, until } from "./swarm.ts";

const limitMs = 90_000;

/** Two regions, as the documentation of service clusters writes them; what this kernel decides is the publish mode. */
function regionsToml(mode: "ingress" | "host"): string {
  const region = (name: string, port: number, sslPort: number): string => `
  [Extensions.${name}]
    Image = "docker/ucp-interlock-extension:3.2.3"
    Args = []
    ServiceName = "ucp-interlock-extension-${name}"
    ProxyImage = "docker/ucp-interlock-proxy:3.2.3"
    ProxyArgs = []
    ProxyServiceName = "ucp-interlock-proxy-${name}"
    ProxyConfigPath = "/etc/nginx/nginx.conf"
    ProxyReplicas = 1
    ProxyStopSignal = "SIGQUIT"
    ProxyStopGracePeriod = "5s"
    ProxyConstraints = ["node.platform.os==linux", "node.labels.region==${name}"]
    ServiceCluster = "${name}"
    Networks = ["${name}net"]
    PublishMode = "${mode}"
    PublishedPort = ${port}
    TargetPort = 80
    PublishedSSLPort = ${sslPort}
    TargetSSLPort = 443
    HitlessServiceUpdate = true
    ConfigImage = "docker/ucp-interlock-config:3.2.3"
    ConfigServiceName = "ucp-interlock-config-${name}"
    [Extensions.${name}.Labels]
      ext_region = "${name}"
    [Extensions.${name}.ProxyLabels]
      proxy_region = "${name}"
    [Extensions.${name}.Config]
      Version = ""
      HTTPVersion = "1.1"
      User = "nginx"
      PidPath = "/var/run/proxy.pid"
      MaxConnections = 1024
      ConnectTimeout = 5
      SendTimeout = 600
      ReadTimeout = 600
      IPHash = false
      SSLOpts = ""
      SSLDefaultDHParam = 1024
      SSLVerify = "required"
      WorkerProcesses = 1
      RLimitNoFile = 65535
      SSLCiphers = "HIGH:!aNULL:!MD5"
      SSLProtocols = "TLSv1.2"
      KeepaliveTimeout = "75s"
      ClientMaxBodySize = "32m"
      UpstreamZoneSize = 64
      ServerNamesHashBucketSize = 128
      HideInfoHeaders = false
`;
  // Host mode lets both have the same ports; behind the routing mesh they cannot.
  const [portWest, sslPortWest] = mode === "host" ? [8080, 8443] : [8081, 8444];
  return `ListenAddr = ":8080"
DockerURL = "unix:///var/run/docker.sock"
PollInterval = "3s"

[Extensions]
${region("east", 8080, 8443)}${region("west", portWest, sslPortWest)}`;
}

void test("operators' commands", { skip: labReason }, async (t) => {
  const lab = await theLab();
  let at: Entrance = { address: "", port: 0, sslPort: 0 };
  before(async () => {
    at = await enabledSwarm(lab);
    await createApp(lab, "demo", { "com.docker.lb.hosts": "demo.local" }, { replicas: 2 });
    await until("the app to answer", limitMs, async () => (await answerer(lab, at, "demo.local")) === "demo");
  });

  const proxiesCurrent = async (): Promise<boolean> =>
    (await statusOf(lab)).clusters.every(
      ({ proxies }) => proxies.length === 2 && proxies.every(({ state }) => state === "current"),
    );
  const tuned = async (): Promise<string> =>
    (
      await sh(
        lab,
        "docker service inspect --format '{{.Spec.TaskTemplate.ContainerSpec.StopSignal}} {{.Spec.UpdateConfig.FailureAction}}' ucp-interlock-proxy",
      )
    ).trim();

  await t.test("the services are there under their names", async () => {
    await until("all to be there", limitMs, async () => {
      const listed = await sh(lab, "docker service ls --filter name=ucp-interlock --format '{{.Name}} {{.Replicas}}'");
      const wanted = ["ucp-interlock 1/1", "ucp-interlock-extension 1/1", "ucp-interlock-proxy 1/1"];
      return wanted.every((line) => listed.split("\n").some((each) => each.startsWith(line)));
    });
  });

  await t.test("the live proxy configuration is the first docker config of the proxy service", async () => {
    const text = await sh(
      lab,
      `CFG=$(docker service inspect --format '{{(index .Spec.TaskTemplate.ContainerSpec.Configs 0).ConfigName}}' ucp-interlock-proxy)
case $CFG in com.docker.interlock.proxy.*) ;; *) echo "$CFG" >&2; exit 1;; esac
docker config inspect --pretty $CFG`,
    );
    assert.match(text, /worker_connections 8192;/);
  });

  await t.test("response headers tell the way; the logs tell the causes", async () => {
    const head = await curl(lab, `-i -H 'Host: demo.local' http://${at.address}:${at.port}/ping`);
    for (const name of ["x-proxy-id", "x-server-info", "x-upstream-addr", "x-upstream-response-time", "x-request-id"])
      assert.match(head, new RegExp(`^${name}: \\S`, "im"), name);
    assert.match(await sh(lab, "docker service logs --raw ucp-interlock 2>&1"), /Core started/);
    assert.match(await sh(lab, "docker service logs --raw ucp-interlock-proxy 2>&1"), /GET \/ping HTTP\/1\.1/);
  });

  await t.test(
    "dedicated ingress nodes: replicas, constraint, signal and grace on the live proxy service",
    async () => {
      await sh(
        lab,
        `docker node update --label-add nodetype=loadbalancer node3
docker node update --label-add nodetype=loadbalancer node4
docker service update --quiet --replicas=2 --constraint-add node.labels.nodetype==loadbalancer --stop-signal SIGQUIT --stop-grace-period=5s $(docker service ls -f 'label=type=com.docker.interlock.core.proxy' -q)`,
      );
      for (const node of [3, 4])
        await until(`node${node} to answer`, limitMs, async () => {
          at = { ...at, address: lab.node(node).address };
          return (await answerer(lab, at, "demo.local")) === "demo";
        });
      assert.match(
        await sh(
          lab,
          "docker service ps --filter desired-state=running --format '{{.Node}}' ucp-interlock-proxy | sort | tr '\\n' ' '",
        ),
        /node3 node4/,
      );
    },
  );

  await t.test("tuning: grace, failure action and delay of the proxy service are taken live and stand", async () => {
    await sh(
      lab,
      `docker service update --quiet --stop-signal=SIGTERM --stop-grace-period=10s ucp-interlock-proxy
docker service update --quiet --update-failure-action=rollback ucp-interlock-proxy
docker service update --quiet --update-delay=30s ucp-interlock-proxy`,
    );
    await until("the proxies to be current", limitMs, proxiesCurrent);
    assert.equal(await tuned(), "SIGTERM rollback");
  });

  await t.test(
    "updating: another image for core; extension and proxies follow, and what was tuned live stands",
    async (t) => {
      await lab.buildAndPush(interlockImage.dockerfile, interlockImage.context, "interlock/interlock:next");
      await sh(lab, "docker service update --quiet --update-delay=0s ucp-interlock-proxy");
      const requests = load(at.address, at.port, "first.local");
      try {
        await sh(lab, "docker service update --quiet --image interlock/interlock:next ucp-interlock");
        await until("all services to have the image", 180_000, async () => {
          const images = await sh(lab, "docker service ls --filter name=ucp-interlock --format '{{.Image}}'");
          return images
            .trim()
            .split("\n")
            .every((image) => image.startsWith("interlock/interlock:next"));
        });
        await until("the proxies to be current", 180_000, proxiesCurrent);
      } finally {
        const { sent, failed } = await requests.stop();
        // A proxy in host mode is away while it is replaced: what matters here is that it comes back by itself.
        t.diagnostic(
          `${failed.length} of ${sent} requests to one proxy failed while it was replaced (host mode, stop-first)`,
        );
      }
      assert.equal(await answerer(lab, at, "demo.local"), "demo");
      assert.equal(await tuned(), "SIGTERM rollback");
    },
  );

  await t.test("a bad configuration makes core exit with the reason, and Swarm rolls back", async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, "config.new.toml"), '[Extensions.default]\nProxyReplicas = "two"\n');
      const ran = await tryShell(lab, `cd ${folder}${downloadCommands}${updateCommands}`);
      assert.match(ran.output, /rollback|rolled back/i);
    });
    assert.equal(await answerer(lab, at, "demo.local"), "demo");
  });

  await t.test("two regions as service clusters, with the documented file: each serves its own", async () => {
    await resetSwarm(lab);
    await sh(
      lab,
      `docker node update --label-add nodetype=loadbalancer --label-add region=east node2
docker node update --label-add nodetype=loadbalancer --label-add region=west node3
docker network create --driver overlay eastnet
docker network create --driver overlay westnet
interlock enable --publish-mode ${publishMode(lab)} --replicas 1`,
    );
    await until("the default proxy", limitMs, async () =>
      (await sh(lab, "docker service ls --format '{{.Name}}'")).includes("ucp-interlock-proxy\n"),
    );
    await inFolder(async (folder) => {
      await writeFile(join(folder, "config.new.toml"), regionsToml(publishMode(lab)));
      await sh(lab, `cd ${folder}${downloadCommands}${updateCommands}`);
    });
    await until("both proxies, and the old one gone", 120_000, async () => {
      const listed = (await sh(lab, "docker service ls --format '{{.Name}}'")).trim().split("\n");
      const wanted = ["ucp-interlock-proxy-east", "ucp-interlock-proxy-west"];
      return wanted.every((name) => listed.includes(name)) && !listed.includes("ucp-interlock-proxy");
    });
    for (const name of ["east", "west"])
      await createApp(
        lab,
        `demo-${name}`,
        {
          "com.docker.lb.hosts": `demo.${name}`,
          "com.docker.lb.network": `${name}net`,
          "com.docker.lb.service_cluster": name,
        },
        { network: `${name}net` },
      );
    const port = { east: 8080, west: publishMode(lab) === "host" ? 8080 : 8081 };
    const east = await entrance(lab, port.east, 8443, "demo.east");
    const west = await entrance(lab, port.west, 8443, "demo.west");
    if (!lab.ipvs) assert.deepEqual([east.address, west.address], [lab.node(2).address, lab.node(3).address]);
    assert.equal(await answerer(lab, east, "demo.west"), "503");
    assert.equal(await answerer(lab, west, "demo.east"), "503");
    assert.match(
      await sh(
        lab,
        "docker service inspect --format '{{.Spec.Labels.proxy_region}} {{.Spec.TaskTemplate.Placement.Constraints}}' ucp-interlock-proxy-east",
      ),
      /^east .*region==east/,
    );
  });
});

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "interlock-operations-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
