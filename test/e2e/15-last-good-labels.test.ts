/**
 * A service whose labels are made wrong is served on by its previous ones, also by a core that was killed meanwhile, and status says so.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProblemStatus, Status } from "../../src/model/status.ts";
import type { Lab } from "../lab/lab.ts";
import { createApp, enabledSwarm, type Entrance } from "./enabled.ts";
import { get, labReason, load, sh, statusOf, theLab, until } from "./swarm.ts";

const host = "web.local";

/** The problems of a service, without their ages. */
function problemsOf(status: Status, service: string): readonly ProblemStatus[] {
  return status.problems.filter((problem) => problem.service === service).map(withoutAge);
}

function withoutAge({ keptForS, ...problem }: ProblemStatus): ProblemStatus {
  assert.equal(typeof keptForS, problem.keepsPrevious ? "number" : "undefined");
  return problem;
}

/** The status when the proxy serves what it should and the services are settled. */
async function settled(lab: Lab): Promise<Status> {
  return await until("everything to settle", 120_000, async () => {
    const status = await statusOf(lab);
    const [cluster] = status.clusters;
    const good =
      cluster?.extensionConnected === true &&
      cluster.proxies.length === 1 &&
      cluster.proxies.every((proxy) => proxy.state === "current") &&
      status.troubles.length === 0;
    return good && status;
  });
}

/** Id of the container of core that runs; empty while there is none. */
async function coreContainer(lab: Lab): Promise<string> {
  for (const node of lab.nodes) {
    const ran = await lab.sh(node, "docker ps -q --filter label=com.docker.swarm.service.name=ucp-interlock");
    if (ran.stdout.trim() !== "") return ran.stdout.trim();
  }
  return "";
}

/** Kills core, and waits until another one has settled. */
async function killCore(lab: Lab): Promise<Status> {
  const killed = await coreContainer(lab);
  for (const node of lab.nodes) await lab.sh(node, `docker kill ${killed}`);
  await until("another core", 60_000, async () => !["", killed].includes(await coreContainer(lab)));
  return await settled(lab);
}

/** The Swarm's version of the proxy service: it moves when somebody updates it. */
async function proxyVersion(lab: Lab): Promise<string> {
  return (await sh(lab, "docker service inspect --format '{{.Version.Index}}' ucp-interlock-proxy")).trim();
}

void test("wrong labels take nobody off the proxies, whatever becomes of core", { skip: labReason }, async (t) => {
  const lab = await theLab();
  let at: Entrance;
  const answers = async (name: string): Promise<number> => (await get(at.address, at.port, name, "/ping")).status;

  before(async () => {
    at = await enabledSwarm(lab);
    // Its disk is where it was: a proxy that is made elsewhere begins without.
    const node = lab.nodes.find((each) => each.address === at.address)?.hostname;
    await sh(lab, `docker service update --quiet --constraint-add node.hostname==${node} ucp-interlock-proxy`);
    await createApp(lab, "web", { "com.docker.lb.hosts": host });
    await until("web to answer", 90_000, async () => (await answers(host)) === 200);
    await settled(lab);
  });

  await t.test("a port that is none leaves the service as it was, with the reason and the age in status", async () => {
    const requests = load(at.address, at.port, host);

    await sh(lab, "docker service update --detach --label-add com.docker.lb.port=99999 web");
    const problem = await until("the problem", 30_000, async () => (await statusOf(lab)).problems[0]);
    await sleep(2_000);
    const later = (await statusOf(lab)).problems[0];
    const { sent, failed } = await requests.stop();

    assert.deepEqual([problem.code, problem.service, problem.keepsPrevious], ["LABEL_PORT_INVALID", "web", true]);
    assert.ok((later?.keptForS ?? 0) > (problem.keptForS ?? Infinity), "its age grows");
    assert.match(
      await sh(lab, "interlock status || [ $? = 1 ]"),
      /error {2}web {2}com\.docker\.lb\.port: .*99999.* \(its previous labels serve on, for \d+ s now\) LABEL_PORT_INVALID/,
    );
    assert.deepEqual(failed, [], `${failed.length} of ${sent} requests failed`);
  });

  await t.test(
    "a core that was killed is reminded by the proxy: no request fails, and status says the same",
    async () => {
      const problems = problemsOf(await settled(lab), "web");
      const version = await proxyVersion(lab);

      for (let round = 0; round < 3; round += 1) {
        const requests = load(at.address, at.port, host);
        const after = await killCore(lab);
        await sleep(2_000);
        const { sent, failed } = await requests.stop();

        assert.deepEqual(failed, [], `${failed.length} of ${sent} requests failed`);
        assert.ok(sent > 100, `only ${sent} requests were sent`);
        assert.deepEqual(problemsOf(after, "web"), problems);
        assert.equal(after.clusters[0]?.routes.find((route) => route.host === host)?.endpoints.length, 1);
      }
      assert.equal(await proxyVersion(lab), version, "the proxy service was not touched");
    },
  );

  await t.test("a service that was never good is left out as before, and delays nobody", async () => {
    await createApp(lab, "never", { "com.docker.lb.hosts": "never.local", "com.docker.lb.port": "no" });
    await until("its problem", 30_000, async () => problemsOf(await statusOf(lab), "never").length === 1);
    const requests = load(at.address, at.port, host);

    const after = await killCore(lab);
    const { sent, failed } = await requests.stop();

    assert.deepEqual(failed, [], `${failed.length} of ${sent} requests failed`);
    assert.deepEqual(
      problemsOf(after, "never").map(({ code, keepsPrevious }) => [code, keepsPrevious]),
      [["LABEL_PORT_INVALID", false]],
    );
    assert.equal(await answers("never.local"), 503);
    await sh(lab, "docker service rm never");
  });

  await t.test("proxy and core killed together: the proxy remembers from its disk", async () => {
    await settled(lab);
    for (const node of lab.nodes)
      await lab.sh(
        node,
        "docker kill $(docker ps -q --filter label=com.docker.swarm.service.name=ucp-interlock-proxy)",
      );

    const after = await killCore(lab);

    await until("web to answer", 60_000, async () => (await answers(host)) === 200);
    assert.deepEqual(
      problemsOf(after, "web").map(({ code, keepsPrevious }) => [code, keepsPrevious]),
      [["LABEL_PORT_INVALID", true]],
    );
  });

  await t.test("labels that are mended are served, and the problem is gone", async () => {
    const requests = load(at.address, at.port, host);

    await sh(lab, "docker service update --detach --label-add com.docker.lb.port=8080 web");
    await until("the problem to go", 30_000, async () => (await statusOf(lab)).problems.length === 0);
    const { sent, failed } = await requests.stop();

    assert.deepEqual(failed, [], `${failed.length} of ${sent} requests failed`);
    assert.equal(await answers(host), 200);
  });
});
