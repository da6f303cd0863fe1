/**
 * Each part is killed in turn while requests run through another replica; afterwards the state equals the state before.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { Status } from "../../src/model/status.ts";
import type { Lab } from "../lab/lab.ts";
import { tasksOf } from "./engine.ts";
import { get, labReason, load, publishMode, sh, statusOf, theLab, until } from "./swarm.ts";
import { deployDemo, hostOf } from "./three-clusters.ts";
import { resetSwarm } from "./reset.ts";

const port = 8080;
const host = hostOf("default");

/** What must be the same before and after: everything that does not name a task or a moment. */
function lasting(status: Status): unknown {
  return {
    clusters: status.clusters.map((cluster) => ({
      ...cluster,
      proxies: cluster.proxies
        .map(({ node, revision, state }) => ({ node, revision, state }))
        .toSorted((a, b) => a.node.localeCompare(b.node)),
    })),
    problems: status.problems,
    troubles: status.troubles,
  };
}

/** The state when everything has settled: two current proxies, extension connected, two endpoints. */
async function settled(lab: Lab): Promise<Status> {
  return await until("everything to settle", 120_000, async () => {
    const status = await statusOf(lab);
    const [cluster] = status.clusters;
    const good =
      cluster?.extensionConnected === true &&
      cluster.proxies.length === 2 &&
      cluster.proxies.every((proxy) => proxy.state === "current") &&
      cluster.routes[0]?.endpoints.length === 2 &&
      status.troubles.length === 0;
    return good && status;
  });
}

/** Kills the one container of a service on a node, as the kernel would, and waits until another runs in its place. */
async function kill(lab: Lab, service: string, hostname?: string): Promise<void> {
  const where =
    hostname ??
    (await sh(lab, `docker service ps --filter desired-state=running --format '{{.Node}}' ${service}`)).trim();
  const node = lab.nodes.find((each) => each.hostname === where);
  assert.ok(node, `${service} runs on ${where}`);
  const killed = await tasksOf(lab, service);
  const ran = await lab.sh(node, `docker kill $(docker ps -q --filter label=com.docker.swarm.service.name=${service})`);
  assert.equal(ran.code, 0, ran.stderr);
  await until("another in its place", 60_000, async () => {
    const tasks = await tasksOf(lab, service);
    const isAnother = tasks.some(({ ID }) => killed.every((before) => before.ID !== ID));
    return isAnother && tasks.length === killed.length && tasks.every(({ Status: { State } }) => State === "running");
  });
}

void test("parts die and come back, and nothing fails that need not fail", { skip: labReason }, async (t) => {
  const lab = await theLab();
  before(async () => {
    await resetSwarm(lab);
    // Proxies on nodes 3 and 4 by a constraint of the default cluster; applications elsewhere.
    await sh(
      lab,
      `for n in 3 4; do docker node update --label-add ingress=yes node$n; done
for n in 1 2; do docker node update --label-add com.docker.interlock.service.cluster=default node$n; done
docker network create ingress_default --driver overlay
cd $(mktemp -d)
interlock enable --publish-mode ${publishMode(lab)}
CURRENT_CONFIG_NAME=com.docker.ucp.interlock.conf-1
docker config inspect --format '{{ printf "%s" .Spec.Data }}' $CURRENT_CONFIG_NAME | sed -E 's/^( *)ProxyConstraints = .*/\\1ProxyConstraints = ["node.labels.ingress==yes"]/' > config.toml
docker config create com.docker.ucp.interlock.conf-2 config.toml
docker service update --config-rm $CURRENT_CONFIG_NAME --config-add source=com.docker.ucp.interlock.conf-2,target=/config.toml ucp-interlock`,
    );
    await deployDemo(lab, "default");
    await sh(lab, "docker service update --label-rm com.docker.lb.service_cluster demodefault_demo");
    for (const n of [3, 4]) {
      await until(
        "the app to answer",
        90_000,
        async () => (await get(lab.node(n).address, port, host, "/ping")).status === 200,
      );
    }
    await settled(lab);
  });

  /** Kills under load through the proxies named, waits until all is well, compares. */
  const survives = async (through: readonly number[], mischief: () => Promise<void>): Promise<void> => {
    const before = lasting(await settled(lab));
    const requests = through.map((n) => load(lab.node(n).address, port, host));

    await mischief();
    const after = lasting(await settled(lab));
    const results = await Promise.all(requests.map((each) => each.stop()));

    for (const { sent, failed } of results) {
      assert.deepEqual(failed, [], `${failed.length} of ${sent} requests failed`);
      assert.ok(sent > 100, `only ${sent} requests were sent`);
    }
    assert.deepEqual(after, before);
  };

  await t.test("core killed: both proxies serve on", () => survives([3, 4], () => kill(lab, "ucp-interlock")));
  await t.test("extension killed: both proxies serve on", () =>
    survives([3, 4], () => kill(lab, "ucp-interlock-extension")),
  );
  await t.test("one proxy killed: the other serves on", () =>
    survives([4], () => kill(lab, "ucp-interlock-proxy", "node3")),
  );
  await t.test("the other proxy killed: the one serves on", () =>
    survives([3], () => kill(lab, "ucp-interlock-proxy", "node4")),
  );

  await t.test("a killed proxy serves again from its last good while core is away", async () => {
    await settled(lab);
    await sh(lab, "docker service scale --detach ucp-interlock=0");
    await until(
      "core to be gone",
      30_000,
      async () => (await sh(lab, "docker ps -q --filter label=com.docker.swarm.service.name=ucp-interlock")) === "",
    );
    await kill(lab, "ucp-interlock-proxy", "node3");

    await until(
      "node3 to answer again without core",
      60_000,
      async () => (await get(lab.node(3).address, port, host, "/ping", 1_000)).status === 200,
    );

    await sh(lab, "docker service scale --detach ucp-interlock=1");
    await settled(lab);
  });
});
