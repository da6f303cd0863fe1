/**
 * Every option of an extension table on the real Swarm: as services are created, as they are changed while they exist; and a file that
 * UCP wrote, on a Swarm that is no UCP. Source: the options of the original (2.2), its scenarios 4.3, 4.6, 4.8, its known faults 9 and 10.
 */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { interlockImage } from "../lab/images.ts";
import { answerer, createApp, entrance } from "./enabled.ts";
import { resetSwarm } from "./reset.ts";
import { labReason, publishMode, sh, statusOf, theLab, until } from "./swarm.ts";
import { applyConfig } from "./three-clusters.ts";

const limitMs = 120_000;

/** What one file says, in the words of the file. */
interface Wish {
  readonly zone: string;
  readonly team: string;
  readonly replicas: number;
  readonly signal: string;
  readonly graceS: number;
  /** Not the agent's own: one it need not be told is no argument. */
  readonly drainS: number;
  readonly delayS: number;
  readonly ports: readonly [published: number, target: number, publishedSsl: number, targetSsl: number];
  readonly args: readonly string[];
  readonly shown: string;
}

const first: Wish = {
  zone: "east",
  team: "web",
  replicas: 2,
  signal: "SIGTERM",
  graceS: 7,
  drainS: 1,
  delayS: 2,
  ports: [8090, 8081, 8490, 8444],
  args: ["-D"],
  shown: "/tmp/shown/nginx.conf",
};

const second: Wish = {
  zone: "west",
  team: "shop",
  replicas: 1,
  signal: "SIGQUIT",
  graceS: 11,
  drainS: 3,
  delayS: 0,
  ports: [8091, 8082, 8491, 8445],
  args: [],
  shown: "/tmp/other/nginx.conf",
};

function tomlOf(wish: Wish, mode: string): string {
  const [published, target, publishedSsl, targetSsl] = wish.ports;
  const labels = `{ team = "${wish.team}" }`;
  const args = JSON.stringify(wish.args);
  return `PollInterval = "2s"
[Extensions.options]
  ServiceCluster = "options"
  ServiceName = "options-extension"
  Image = "${interlockImage.tag}"
  Args = ${args}
  Labels = ${labels}
  ContainerLabels = ${labels}
  Constraints = ["node.labels.zone!=nowhere", "node.role==worker"]
  PlacementPreferences = ["spread=node.labels.zone"]
  ProxyServiceName = "options-proxy"
  ProxyImage = "${interlockImage.tag}"
  ProxyArgs = ${args}
  ProxyLabels = ${labels}
  ProxyContainerLabels = ${labels}
  ProxyConfigPath = "${wish.shown}"
  ProxyReplicas = ${wish.replicas}
  ProxyStopSignal = "${wish.signal}"
  ProxyStopGracePeriod = "${wish.graceS}s"
  ProxyDrainTime = "${wish.drainS}s"
  ProxyUpdateDelay = "${wish.delayS}s"
  ProxyConstraints = ["node.labels.zone=${wish.zone}"]
  ProxyPlacementPreferences = ["spread=node.labels.zone"]
  PublishMode = "${mode}"
  PublishedPort = ${published}
  TargetPort = ${target}
  PublishedSSLPort = ${publishedSsl}
  TargetSSLPort = ${targetSsl}
  Networks = ["options"]
  ConfigServiceName = "options-config"
  ConfigImage = "${interlockImage.tag}"
  [Extensions.options.Config]
    Version = "${wish.team}"
`;
}

/** `docker service inspect`, as far as it is looked at. */
interface Inspected {
  readonly ID: string;
  readonly Spec: {
    readonly Labels: Readonly<Record<string, string>>;
    readonly TaskTemplate: {
      readonly ContainerSpec: {
        readonly Image: string;
        readonly Args: readonly string[];
        readonly Labels: Readonly<Record<string, string>>;
        readonly StopSignal?: string;
        readonly StopGracePeriod?: number;
      };
      readonly Placement: { readonly Constraints: readonly string[]; readonly Preferences: readonly unknown[] };
      readonly Networks: readonly { readonly Target: string }[];
    };
    readonly Mode: { readonly Replicated: { readonly Replicas: number } };
    readonly UpdateConfig: { readonly Delay?: number; readonly FailureAction: string };
    readonly EndpointSpec: { readonly Ports?: readonly Readonly<Record<string, unknown>>[] };
  };
}

void test("every option of an extension table becomes true on the Swarm", { skip: labReason }, async (t) => {
  const lab = await theLab();
  const mode = publishMode(lab);
  const inspect = async (service: string): Promise<Inspected> => {
    const [found] = JSON.parse(await sh(lab, `docker service inspect ${service}`)) as Inspected[];
    assert.ok(found, service);
    return found;
  };
  const networkId = async (name: string): Promise<string> =>
    (await sh(lab, `docker network inspect --format '{{.Id}}' ${name}`)).trim();
  /** What the proxy service is, in the words of a wish; everything Swarm adds is left out. */
  const proxyAs = async (): Promise<unknown> => {
    const { Spec } = await inspect("options-proxy");
    const { ContainerSpec, Placement } = Spec.TaskTemplate;
    return {
      image: ContainerSpec.Image.replace(/@.*$/, ""),
      args: ContainerSpec.Args.slice(3),
      team: [Spec.Labels["team"], ContainerSpec.Labels["team"]],
      type: Spec.Labels["type"],
      constraints: Placement.Constraints,
      preferences: Placement.Preferences,
      replicas: Spec.Mode.Replicated.Replicas,
      signal: ContainerSpec.StopSignal,
      grace: ContainerSpec.StopGracePeriod,
      delay: Spec.UpdateConfig.Delay ?? 0,
      failure: Spec.UpdateConfig.FailureAction,
      ports: (Spec.EndpointSpec.Ports ?? [])
        .map(({ PublishedPort, TargetPort, PublishMode }) => [PublishedPort, TargetPort, PublishMode])
        .toSorted(([a], [b]) => Number(a) - Number(b)),
    };
  };
  const proxyAsked = (wish: Wish): unknown => ({
    image: interlockImage.tag,
    args: ["--config-path", wish.shown, "--drain-ms", `${wish.drainS}000`, ...wish.args],
    team: [wish.team, wish.team],
    type: "com.docker.interlock.core.proxy",
    constraints: [`node.labels.zone==${wish.zone}`],
    preferences: [{ Spread: { SpreadDescriptor: "node.labels.zone" } }],
    replicas: wish.replicas,
    signal: wish.signal,
    grace: wish.graceS * 1e9,
    delay: wish.delayS * 1e9,
    failure: "rollback",
    ports: [
      [wish.ports[0], wish.ports[1], mode],
      [wish.ports[2], wish.ports[3], mode],
    ],
  });
  /** Waits until clients are answered at the published port, by a proxy that has the newest configuration. */
  const answers = async ({ ports: [port, , sslPort], team }: Wish): Promise<string> => {
    const { address } = await entrance(lab, port, sslPort, "options.local");
    await until("the newest configuration to serve", limitMs, async () => {
      const head = await sh(lab, `curl -s -o /dev/null -D - -H 'Host: options.local' http://${address}:${port}/ping`);
      return head.includes(`interlock/${team} (nginx)`);
    });
    return address;
  };

  before(async () => {
    await resetSwarm(lab);
    await sh(
      lab,
      `for node in node2 node3; do docker node update --label-add zone=east $node; done
docker node update --label-add zone=west node4`,
    );
    await until("the network", 30_000, async () => await sh(lab, "docker network create --driver overlay options"));
    const folder = await mkdtemp(join(tmpdir(), "interlock-e2e-"));
    try {
      await writeFile(join(folder, "config.toml"), tomlOf(first, mode));
      await sh(
        lab,
        `docker config create com.docker.ucp.interlock.conf-1 ${folder}/config.toml\ninterlock enable --keep-config --detach`,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
    await until("the proxy service", limitMs, async () => await inspect("options-proxy"));
    await createApp(
      lab,
      "options-app",
      { "com.docker.lb.hosts": "options.local", "com.docker.lb.service_cluster": "options" },
      { network: "options" },
    );
  });

  await t.test("the proxy service is created as the file says, on the networks it names", async () => {
    assert.deepEqual(await proxyAs(), proxyAsked(first));
    const { Spec } = await inspect("options-proxy");
    assert.deepEqual(
      new Set(Spec.TaskTemplate.Networks.map(({ Target }) => Target)),
      new Set([await networkId("options"), await networkId("ucp-interlock")]),
    );
    await answers(first);
  });

  await t.test("the extension service is created as the file says", async () => {
    const { Spec } = await inspect("options-extension");
    const { ContainerSpec, Placement } = Spec.TaskTemplate;

    assert.equal(ContainerSpec.Image.replace(/@.*$/, ""), interlockImage.tag);
    assert.deepEqual(ContainerSpec.Args.slice(3), ["-D"]);
    assert.deepEqual([Spec.Labels["team"], ContainerSpec.Labels["team"]], ["web", "web"]);
    assert.deepEqual(Placement.Constraints, ["node.labels.zone!=nowhere", "node.role==worker"]);
    assert.deepEqual(Placement.Preferences, [{ Spread: { SpreadDescriptor: "node.labels.zone" } }]);
  });

  await t.test("the configuration in use can be read at ProxyConfigPath and at the documented path", async () => {
    const node = lab.nodes.find(({ hostname }) => hostname === "node2") ?? assert.fail();
    const container = "$(docker ps -q --filter label=com.docker.swarm.service.name=options-proxy | head -1)";
    for (const path of [first.shown, "/etc/nginx/nginx.conf"]) {
      const ran = await lab.sh(node, `docker exec ${container} cat ${path}`);
      assert.match(ran.stdout, /Service cluster options, rendered by Interlock/, ran.stderr);
    }
    const tested = await lab.sh(node, `docker exec --user nginx ${container} nginx -t`);
    assert.equal(tested.code, 0, tested.stderr);
  });

  await t.test("certificates bring the config service, with the name and image of the file", async () => {
    await sh(
      lab,
      `cd $(mktemp -d)
openssl req -new -newkey rsa:2048 -days 30 -nodes -x509 -subj "/CN=options.local" -addext "subjectAltName=DNS:options.local" -keyout options.key -out options.cert 2>/dev/null
docker secret create options.cert options.cert
docker secret create options.key options.key
rm -r $PWD
docker service update --detach --label-add com.docker.lb.ssl_cert=options.cert --label-add com.docker.lb.ssl_key=options.key options-app`,
    );
    const { Spec } = await until("the config service", limitMs, async () => await inspect("options-config"));

    assert.equal(Spec.TaskTemplate.ContainerSpec.Image.replace(/@.*$/, ""), interlockImage.tag);
    assert.deepEqual(Spec.TaskTemplate.Placement.Constraints, ["node.labels.zone==east"]);
    const address = await answers(first);
    await until("HTTPS at the published port", limitMs, async () => {
      const [, , sslPort] = first.ports;
      return (
        (await sh(
          lab,
          `curl -sk -o /dev/null -w '%{http_code}' --resolve options.local:${sslPort}:${address} https://options.local:${sslPort}/ping || true`,
        )) === "200"
      );
    });
  });

  await t.test("a changed file changes the services that exist", async () => {
    const services = ["options-proxy", "options-extension", "options-config"];
    const ids = await Promise.all(services.map(async (name) => (await inspect(name)).ID));

    const { status, output } = await applyConfig(lab, () => tomlOf(second, mode));
    assert.equal(status, 0, output);
    await until("the proxy service to be as the file says", limitMs, async () => {
      assert.deepEqual(await proxyAs(), proxyAsked(second));
      return true;
    });
    await answers(second);

    assert.deepEqual(
      await Promise.all(services.map(async (name) => (await inspect(name)).ID)),
      ids,
      "none was made anew",
    );
    const { Spec } = await inspect("options-extension");
    assert.equal(Spec.Labels["team"], "shop");
    assert.deepEqual(Spec.TaskTemplate.ContainerSpec.Args.slice(3), []);
    const running = await sh(
      lab,
      "docker service ps --filter desired-state=running --format '{{.Node}}' options-proxy",
    );
    assert.equal(running.trim(), "node4", "a changed constraint moves the proxies");
  });

  await t.test("PublishedSSLPort = 0 publishes no HTTPS", async () => {
    const { status, output } = await applyConfig(lab, (toml) =>
      toml.replace(/PublishedSSLPort = \d+/, "PublishedSSLPort = 0"),
    );
    assert.equal(status, 0, output);

    await until("one published port", limitMs, async () => {
      const { Spec } = await inspect("options-proxy");
      return Spec.EndpointSpec.Ports?.map(({ PublishedPort }) => PublishedPort).join() === String(second.ports[0]);
    });
    await answers(second);
  });

  await t.test("other names make other services, and the old ones go when those serve", async () => {
    const { status, output } = await applyConfig(lab, (toml) =>
      toml.replaceAll(/"options-(extension|proxy|config)"/g, '"renamed-$1"').replace("8091", "8092"),
    );
    assert.equal(status, 0, output);

    await entrance(lab, 8092, 0, "options.local");
    await until("the old services to be gone", limitMs, async () => {
      const names = (await sh(lab, "docker service ls --format '{{.Name}}'")).trim().split("\n");
      return names.includes("renamed-proxy") && !names.some((name) => /^options-(extension|proxy|config)$/.test(name));
    });
  });

  await t.test(
    "a file that UCP wrote runs on a Swarm without UCP once its nodes have the label it asks for",
    async () => {
      const shipped = await readFile(join(import.meta.dirname, "../golden/config/old/ucp-3.2-default.toml"), "utf8");
      const { status, output } = await applyConfig(lab, () =>
        shipped.replace('PublishMode = "ingress"', `PublishMode = "${mode}"`),
      );
      assert.equal(status, 0, output);

      const trouble = await until("status to say what is missing", limitMs, async () =>
        (await statusOf(lab)).troubles.find(({ subject }) => subject === "ucp-interlock-proxy"),
      );
      assert.match(
        trouble.sentence,
        /no node has what node\.labels\.com\.docker\.ucp\.orchestrator\.swarm==true asks for/,
      );
      const command = /'(docker node update [^']+) NODE'/.exec(trouble.remedy)?.[1] ?? assert.fail(trouble.remedy);
      await sh(lab, `for node in $(docker node ls -q); do ${command} $node; done`);

      await createApp(lab, "shipped-app", { "com.docker.lb.hosts": "shipped.local" }, { network: "options" });
      const at = await entrance(lab, 8080, 8443, "shipped.local");
      assert.equal(await answerer(lab, at, "shipped.local"), "shipped-app");
      await until("no trouble", limitMs, async () => (await statusOf(lab)).troubles.length === 0);
    },
  );
});
