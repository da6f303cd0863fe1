/**
 * An application's life: scaled, updated, removed. How soon the right answer comes is measured and printed; the bounds
 * here only catch what is broken.
 */
import assert from "node:assert/strict";
import { before, test, type TestContext } from "node:test";
import { cluster, demoStack } from "./article.ts";
import { demoImage } from "../lab/images.ts";
import { get, ingress, labReason, load, sh, theLab, tryShell, until } from "./swarm.ts";
import { hostOf, threeClusterSwarm } from "./three-clusters.ts";

/** Longest time a right answer may take before the test calls it broken: far beyond what is measured, because machines are slow at times. */
const limitMs = 30_000;

void test("an application is scaled, updated and removed", { skip: labReason }, async (t) => {
  const lab = await theLab();
  const { port } = cluster("dev");
  const address = ingress(lab, "dev");
  const host = hostOf("dev");
  before(() => threeClusterSwarm(lab));

  /** The tasks that answer, seen over a few rounds of requests. */
  const instances = async (rounds: number): Promise<ReadonlySet<string>> => {
    const answers = await Promise.all(Array.from({ length: rounds }, () => get(address, port, host, "/ping")));
    return new Set(
      answers
        .filter((answer) => answer.status === 200)
        .map((answer) => (JSON.parse(answer.body) as { instance: string }).instance),
    );
  };
  const measure = async (t: TestContext, what: string, good: () => Promise<boolean>): Promise<void> => {
    const start = performance.now();
    await until(what, limitMs, good);
    t.diagnostic(`${what}: ${((performance.now() - start) / 1000).toFixed(2)} s`);
  };

  await t.test("scale to 1", async (t) => {
    await sh(lab, "docker service scale --detach demodev_demo=1");
    await measure(t, "one task answers", async () => (await instances(8)).size === 1);
  });

  await t.test("scale to 8", async (t) => {
    await sh(lab, "docker service scale --detach demodev_demo=8");
    await measure(t, "eight tasks answer (starting them included)", async () => (await instances(40)).size === 8);
  });

  await t.test("scale to 2 under load", async (t) => {
    const requests = load(address, port, host);
    await sh(lab, "docker service scale --detach demodev_demo=2");
    await measure(t, "two tasks answer", async () => (await instances(16)).size === 2);
    // Tasks that are scaled away are removed when their containers have ended.
    await until(
      "the others to have ended",
      limitMs,
      async () => (await sh(lab, "docker service ps -q demodev_demo")).trim().split("\n").length === 2,
    );
    const { sent, failed } = await requests.stop();
    t.diagnostic(`${failed.length} of ${sent} requests failed`);
    assert.deepEqual(failed, []);
  });

  await t.test("rolling update under load", async (t) => {
    const requests = load(address, port, host);
    await sh(lab, "docker service update --env-add VERSION=2 demodev_demo");
    await measure(t, "only the new version answers", async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => get(address, port, host, "/ping")));
      return answers.every(
        (answer) => answer.status === 200 && (JSON.parse(answer.body) as { version: string }).version === "2",
      );
    });
    const { sent, failed } = await requests.stop();
    t.diagnostic(`${failed.length} of ${sent} requests failed`);
    assert.deepEqual(failed, []);
  });

  await t.test("a new service on a network that is attached already", async (t) => {
    await sh(
      lab,
      `docker service create --detach --name late --network ingress_dev --constraint node.hostname==node2 --label com.docker.lb.hosts=late.example --label com.docker.lb.port=8080 --label com.docker.lb.service_cluster=dev ${demoImage.tag}`,
    );
    await measure(
      t,
      "its host answers (starting it included)",
      async () => (await get(address, port, "late.example", "/ping")).status === 200,
    );
  });

  await t.test("a changed label", async (t) => {
    await sh(lab, "docker service update --detach --label-add com.docker.lb.hosts=late.example,later.example late");
    await measure(
      t,
      "the second host answers",
      async () => (await get(address, port, "later.example", "/ping")).status === 200,
    );
  });

  await t.test("docker service rm", async (t) => {
    await sh(lab, "docker service rm late");
    await measure(
      t,
      "503 for its host",
      async () => (await get(address, port, "late.example", "/ping")).status === 503,
    );
  });

  await t.test("docker stack rm with an external network succeeds at once", async (t) => {
    const { status, output } = await tryShell(lab, "docker stack rm demodev");
    await measure(t, "503 for its host", async () => (await get(address, port, host, "/ping")).status === 503);
    assert.equal(status, 0, output);
    assert.doesNotMatch(output, /in use/);
  });

  await t.test(
    "a stack that owns its network: the network is free a moment after the first docker stack rm",
    async (t) => {
      const stack = demoStack("dev", "own", "own.example")
        .replace("com.docker.lb.network: own", "com.docker.lb.network: owner_own")
        .replace("external: true", "driver: overlay");
      await sh(
        lab,
        `cat > /tmp/interlock-owner-stack.yml <<'END'\n${stack}END\ndocker stack deploy -c /tmp/interlock-owner-stack.yml owner; rm /tmp/interlock-owner-stack.yml`,
      );
      await until(
        "its app to answer",
        90_000,
        async () => (await get(address, port, "own.example", "/ping")).status === 200,
      );

      const first = await tryShell(lab, "docker stack rm owner");
      t.diagnostic(
        `the first 'docker stack rm': ${first.status === 0 ? "succeeded" : first.output.trim().split("\n").at(-1)}`,
      );

      // Docker asks for the network 3 ms after the service: nobody can be that fast (docs/decisions).
      await measure(
        t,
        "a second 'docker stack rm' succeeds",
        async () => (await tryShell(lab, "docker stack rm owner")).status === 0,
      );
    },
  );
});
