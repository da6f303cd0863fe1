/**
 * Virtual addresses and the routing mesh, on a kernel that has IPVS: a Swarm in a virtual machine, without a network to the outside.
 * Source: the usage scenarios of the original (4.1, 4.7, 4.9, 4.10, 4.14, 4.16).
 */
import assert from "node:assert/strict";
import { after, before, test, type TestContext } from "node:test";
import { connect } from "node:tls";
import type { Status } from "../../src/model/status.ts";
import { get, load, until } from "../e2e/swarm.ts";
import { obstacle } from "./facts.ts";
import { answers, createApp, limitMs, network, running, tally, update, virtualAddress } from "./stage.ts";
import { lastWords, sh, startSwarm, statusOf, type VmSwarm } from "./swarm.ts";

/** Between two requests of a load: what the emulated processors answer easily beside their other work. */
const everyMs = 250;
const vip = { "com.docker.lb.backend_mode": "vip" } as const;

const skip = (await obstacle((line) => console.log(`# ${line}`))) ?? false;

void test("virtual addresses and the routing mesh, in a virtual machine", { skip }, async (t) => {
  const began = performance.now();
  const say = (line: string): void => t.diagnostic(`${((performance.now() - began) / 1000).toFixed(0)} s  ${line}`);
  let swarm: VmSwarm;
  let port = 0;
  let portWithoutProxy = 0;
  before(async () => {
    swarm = await startSwarm(say);
    port = await swarm.open(1, 8080);
    portWithoutProxy = await swarm.open(2, 8080);
  });
  after(() => swarm?.stop());
  /** A story; when it fails, what the Swarm has to say about it is printed. */
  const story = async (title: string, tell: (t: TestContext) => Promise<void>): Promise<void> =>
    t.test(title, async (t) => {
      try {
        await tell(t);
      } catch (error) {
        t.diagnostic(await lastWords(swarm).catch(String));
        throw error;
      } finally {
        say(title);
      }
    });

  await story("the kernel balances a virtual address over two tasks (IPVS)", async (t) => {
    await sh(swarm, `docker network create --driver overlay ${network}`);
    await createApp(swarm, "app", { "com.docker.lb.hosts": "app.local", ...vip }, "--replicas 2");
    await running(swarm, "app", 2);
    const address = await virtualAddress(swarm, "app");
    // Asked from one task's own network, as any neighbour would.
    const said = await sh(
      swarm,
      `task=$(docker ps --quiet --filter label=com.docker.swarm.service.name=app | head -n 1)
enter="nsenter --net --target $(docker inspect --format '{{.State.Pid}}' $task)"
for i in $(seq 10); do $enter curl -s -m 20 http://${address}:8080/ping; done
lsmod`,
    );
    const instances = [...said.matchAll(/"instance":"(\w+)"/g)].map((match) => match[1]);
    t.diagnostic(`${address} answered ${instances.length} of 10 times: ${new Set(instances).size} instances`);
    assert.match(said, /^ip_vs /m);
    assert.equal(instances.length, 10);
    assert.equal(new Set(instances).size, 2);
  });

  await story(
    "interlock enable with loaded images: no registry, no pull; the mesh leads to the app by host",
    async (t) => {
      await sh(swarm, "interlock enable --publish-mode ingress --replicas 1", limitMs);
      await answers(port, "app.local");
      t.diagnostic(`through the proxy's node: ${show(await tally("metadata", port, "app.local", 4))}`);
      assert.equal((await get("127.0.0.1", port, "nobody.local", "/ping", 20_000)).status, 503);
      const { problems, troubles } = await statusOf(swarm);
      assert.deepEqual([problems, troubles], [[], []]);
    },
  );

  await story("a node without a proxy answers as well", async (t) => {
    await answers(portWithoutProxy, "app.local");
    const counted = await tally("metadata", portWithoutProxy, "app.local", 4);
    t.diagnostic(show(counted));
    assert.deepEqual(counted, { app: 4 });
  });

  await story("backend_mode=vip: the one endpoint is the virtual address, and tasks share the requests", async (t) => {
    assert.deepEqual(endpointsOf(await statusOf(swarm), "app.local"), [`${await virtualAddress(swarm, "app")}:8080`]);
    const counted = await tally("instance", port, "app.local", 20);
    t.diagnostic(show(counted));
    const shares = Object.values(counted);
    assert.equal(shares.length, 2);
    assert.ok(Math.min(...shares) >= 5, show(counted));
  });

  await story(
    "scaling and updating the app changes neither structure nor endpoints, and no request fails",
    async (t) => {
      const before = lasting(await statusOf(swarm));
      const requests = load("127.0.0.1", port, "app.local", "/ping", everyMs);
      await sh(swarm, "docker service scale --detach app=3");
      await running(swarm, "app", 3);
      await until("three instances to answer", limitMs, async () => {
        const counted = await tally("instance", port, "app.local", 12);
        return Object.keys(counted).length === 3;
      });
      await sh(swarm, "docker service scale --detach app=2");
      await running(swarm, "app", 2);
      await update(swarm, "app", "--force --env-add VERSION=2");
      await until("only the new version to answer", limitMs, async () => {
        const counted = await tally("version", port, "app.local", 8);
        return counted["2"] === 8;
      });
      const { sent, failed } = await requests.stop();
      t.diagnostic(`${failed.length} of ${sent} requests failed ${failed.slice(0, 5).join(", ")}`);
      assert.deepEqual(lasting(await statusOf(swarm)), before);
      assert.deepEqual(failed, []);
    },
  );

  await story("canary in VIP mode: two services on one host get half each, whatever their replicas", async (t) => {
    await createApp(swarm, "green", { "com.docker.lb.hosts": "both.local,green.local", ...vip });
    await sh(swarm, "docker service update --quiet --detach --label-add com.docker.lb.hosts=app.local,both.local app");
    await running(swarm, "green", 1);
    await answers(port, "green.local");
    let counted = await tally("metadata", port, "both.local", 40);
    await until("both to answer", limitMs, async () => {
      counted = await tally("metadata", port, "both.local", 40);
      return Object.keys(counted).length === 2;
    });
    t.diagnostic(show(counted));
    assert.ok((counted["app"] ?? 0) >= 16 && (counted["green"] ?? 0) >= 16, show(counted));
  });

  await story("a context path in VIP mode, rewritten", async (t) => {
    const labels = { hosts: "path.local", context_root: "/green", context_root_rewrite: "true" };
    const words = Object.entries(labels).map(([label, value]) => `--label-add com.docker.lb.${label}=${value}`);
    await sh(swarm, `docker service update --quiet --detach ${words.join(" ")} green`);
    await answers(port, "path.local", "/green/ping");
    const counted = await tally("metadata", port, "path.local", 4, "/green/ping");
    t.diagnostic(show(counted));
    assert.deepEqual(counted, { green: 4 });
    assert.equal((await get("127.0.0.1", port, "path.local", "/ping", 20_000)).status, 503);
  });

  await story("TLS passthrough in VIP mode: the certificate that is shown is the app's own", async () => {
    const certificate = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=own.local";
    await sh(
      swarm,
      `cd $(mktemp -d)
openssl req ${certificate} -keyout key -out cert 2> /dev/null
docker secret create own.cert cert
docker secret create own.key key`,
    );
    const secrets = "cert key".split(" ").map((part) => `--secret source=own.${part},target=${part},mode=0444`);
    const variables = "--env TLS_CERT=/run/secrets/cert --env TLS_KEY=/run/secrets/key";
    const labels = { "com.docker.lb.hosts": "own.local", "com.docker.lb.ssl_passthrough": "true", ...vip };
    await createApp(swarm, "own", labels, `${secrets.join(" ")} ${variables}`);
    const securePort = await swarm.open(1, 8443);
    const subject = await until("a certificate for own.local", limitMs, () =>
      shownCertificate(securePort, "own.local"),
    );
    assert.equal(subject, "own.local");
  });

  await story("the proxies are replaced under load, start-first behind the mesh", async (t) => {
    const loads = [port, portWithoutProxy].map((each) => load("127.0.0.1", each, "app.local", "/ping", everyMs));
    await update(swarm, "ucp-interlock-proxy", "--force");
    await answers(portWithoutProxy, "app.local");
    const ends = await Promise.all(loads.map((each) => each.stop()));
    for (const [index, { sent, failed }] of ends.entries())
      t.diagnostic(`node ${index + 1}: ${failed.length} of ${sent} requests failed ${failed.slice(0, 5).join(", ")}`);
    assert.deepEqual(await tally("metadata", portWithoutProxy, "app.local", 4), { app: 4 });
    // Most requests must have passed; that none at all may fail is for the fault tests, on engines that are not emulated.
    const failed = ends.reduce((sum, end) => sum + end.failed.length, 0);
    const sent = ends.reduce((sum, end) => sum + end.sent, 0);
    assert.ok(failed < sent / 4, `${failed} of ${sent} requests failed`);
  });
});

/** What must stay as it is while an application in VIP mode lives its life: everything but the age of the look. */
function lasting(status: Status): Status {
  return { ...status, lookAgeS: 0 };
}

function endpointsOf(status: Status, host: string): readonly string[] | undefined {
  return status.clusters.flatMap((cluster) => cluster.routes).find((route) => route.host === host)?.endpoints;
}

function show(counted: Readonly<Record<string, number>>): string {
  return Object.entries(counted)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}

/** The common name in the certificate shown for a host; undefined while there is none. */
async function shownCertificate(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, servername: host, rejectUnauthorized: false, timeout: 20_000 });
    const end = (name: string | undefined): void => {
      resolve(name);
      socket.destroy();
    };
    socket.on("secureConnect", () => end([socket.getPeerCertificate().subject.CN].flat()[0]));
    socket.on("timeout", () => end(undefined));
    socket.on("error", () => end(undefined));
  });
}
