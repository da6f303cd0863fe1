/**
 * Dev is broken in every way we can think of; prod must not notice: same tasks, same nginx processes (no reload), same
 * revision, not one failed request.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterStatus } from "../../src/model/status.ts";
import type { Lab } from "../lab/lab.ts";
import { demoImage } from "../lab/images.ts";
import { cluster } from "./article.ts";
import { get, ingress, labReason, load, sh, statusOf, theLab, until } from "./swarm.ts";
import { applyConfig, hostOf, proxyFingerprint, threeClusterSwarm } from "./three-clusters.ts";

const prod = cluster("prod");
const dev = cluster("dev");

async function clusterStatus(lab: Lab, name: string): Promise<ClusterStatus> {
  const found = (await statusOf(lab)).clusters.find((each) => each.name === name);
  assert.ok(found, `status knows ${name}`);
  return found;
}

/** Runs a mischief under load on prod and asserts that prod did not notice. */
async function unnoticed(lab: Lab, mischief: () => Promise<void>): Promise<void> {
  const before = await proxyFingerprint(lab, "prod");
  const { revision } = await clusterStatus(lab, "prod");
  const requests = load(ingress(lab, "prod"), prod.port, hostOf("prod"));

  await mischief();
  // Some are over in a moment, and prod may notice later.
  await sleep(1_500);

  const { sent, failed } = await requests.stop();
  assert.deepEqual(failed, [], `${failed.length} of ${sent} prod requests failed`);
  assert.ok(sent > 100, `only ${sent} requests were sent`);
  assert.equal(await proxyFingerprint(lab, "prod"), before, "prod's proxies are the same processes");
  const after = await until("prod's proxy to be connected", 30_000, async () => {
    const status = await clusterStatus(lab, "prod");
    return status.proxies.length === 1 && status.revision !== undefined && status;
  });
  assert.equal(after.revision, revision);
  assert.equal(after.proxies[0]?.revision, revision);
}

/** Creates a service in dev that asks for nothing but to be routed wrongly. */
function badService(name: string, labels: Readonly<Record<string, string>>, network = "ingress_dev"): string {
  const flags = Object.entries(labels).map(([label, value]) => `--label '${label}=${value}'`);
  return `docker service create --detach --name ${name} --network ${network} --constraint node.hostname==node2 ${flags.join(" ")} ${demoImage.tag}`;
}

void test("breaking dev never reaches prod", { skip: labReason }, async (t) => {
  const lab = await theLab();
  before(() => threeClusterSwarm(lab));
  const problemOf = async (service: string): Promise<string | undefined> =>
    (await statusOf(lab)).problems.find((problem) => problem.service === service && problem.severity === "error")?.code;

  await t.test("bad labels", async () => {
    await unnoticed(lab, async () => {
      const base = { "com.docker.lb.service_cluster": "dev", "com.docker.lb.network": "ingress_dev" };
      await sh(
        lab,
        badService("bad-port", { ...base, "com.docker.lb.hosts": "a.example", "com.docker.lb.port": "http" }),
      );
      await sh(
        lab,
        badService("bad-host", { ...base, "com.docker.lb.hosts": "a b;c{}", "com.docker.lb.port": "8080" }),
      );
      await sh(
        lab,
        badService("bad-mode", {
          ...base,
          "com.docker.lb.hosts": "m.example",
          "com.docker.lb.port": "8080",
          "com.docker.lb.backend_mode": "magic",
        }),
      );
      await sh(
        lab,
        badService("bad-cluster", {
          ...base,
          "com.docker.lb.hosts": "c.example",
          "com.docker.lb.port": "8080",
          "com.docker.lb.service_cluster": "nowhere",
        }),
      );
      for (const service of ["bad-port", "bad-host", "bad-mode", "bad-cluster"]) {
        await until(`the problem of ${service}`, 15_000, () => problemOf(service));
      }
      assert.equal(
        (await get(ingress(lab, "dev"), dev.port, hostOf("dev"), "/ping")).status,
        200,
        "dev's good app is served on",
      );
    });
    await sh(lab, "docker service rm bad-port bad-host bad-mode bad-cluster");
  });

  await t.test("a host claimed twice, also one that is prod's", async () => {
    await unnoticed(lab, async () => {
      const base = {
        "com.docker.lb.service_cluster": "dev",
        "com.docker.lb.network": "ingress_dev",
        "com.docker.lb.port": "8080",
      };
      await sh(lab, badService("claims-dev", { ...base, "com.docker.lb.hosts": hostOf("dev") }));
      await sh(lab, badService("claims-prod", { ...base, "com.docker.lb.hosts": hostOf("prod") }));
      await until("the notice about the shared host", 15_000, async () =>
        (await statusOf(lab)).problems.some(
          (problem) => problem.code === "HOST_SHARED" && problem.service === "claims-dev",
        ),
      );
      await until(
        "dev to serve the host that is prod's elsewhere",
        15_000,
        async () => (await get(ingress(lab, "dev"), dev.port, hostOf("prod"), "/ping")).status === 200,
      );
    });
    await sh(lab, "docker service rm claims-dev claims-prod");
  });

  await t.test("a service on a wrong network", async () => {
    await unnoticed(lab, async () => {
      const labels = {
        "com.docker.lb.service_cluster": "dev",
        "com.docker.lb.hosts": "n.example",
        "com.docker.lb.port": "8080",
      };
      await sh(lab, badService("bad-network", { ...labels, "com.docker.lb.network": "ingress_test" }));
      await until("the problem", 15_000, async () => (await problemOf("bad-network")) === "LABEL_NETWORK_NOT_JOINED");
    });
    await sh(lab, "docker service rm bad-network");
  });

  await t.test("a raw option that nginx refuses", async () => {
    await unnoticed(lab, async () => {
      const { status, output } = await applyConfig(lab, (toml) => {
        const at = toml.indexOf("[Extensions.dev.Config]");
        return (
          toml.slice(0, at) + toml.slice(at).replace("HTTPOptions = []", 'HTTPOptions = ["no_such_directive on;"]')
        );
      });
      assert.equal(status, 0, output);
      const refused = await until("dev's proxy to refuse it", 60_000, async () => {
        const proxy = (await clusterStatus(lab, "dev")).proxies[0];
        return proxy?.state === "refused" && proxy;
      });
      assert.match(refused.reason ?? "", /no_such_directive/);
      assert.equal(
        (await get(ingress(lab, "dev"), dev.port, hostOf("dev"), "/ping")).status,
        200,
        "dev's last good serves on",
      );
      await applyConfig(lab, (toml) => toml.replace('HTTPOptions = ["no_such_directive on;"]', "HTTPOptions = []"));
      await until(
        "dev to be current again",
        60_000,
        async () => (await clusterStatus(lab, "dev")).proxies[0]?.state === "current",
      );
    });
  });

  await t.test("dev's extension killed", async () => {
    await unnoticed(lab, async () => {
      await lab.sh(
        lab.node(2),
        "docker kill $(docker ps -q --filter label=com.docker.swarm.service.name=ucp-interlock-extension-dev)",
      );
      await until("another one", 60_000, async () => (await clusterStatus(lab, "dev")).extensionConnected);
    });
  });

  await t.test("dev's proxy node cut off from the network", async () => {
    await unnoticed(lab, async () => {
      await lab.node(2).cutOff();
      try {
        await until("Swarm to notice", 60_000, async () =>
          (await sh(lab, "docker node ls --format '{{.Hostname}} {{.Status}}'")).includes("node2 Down"),
        );
      } finally {
        await lab.node(2).heal();
      }
    });
    await until(
      "dev to serve again",
      120_000,
      async () => (await get(ingress(lab, "dev"), dev.port, hostOf("dev"), "/ping")).status === 200,
    );
  });
});
