/**
 * Host mode in its documented variants: applications that publish on their nodes without an overlay, beside applications on overlays;
 * core's own port in host mode. Source: the usage scenarios of the original (4.6), host mode and `network=bridge`.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { answerer, createApp, enabledSwarm, type Entrance } from "./enabled.ts";
import { labReason, sh, statusOf, theLab, until } from "./swarm.ts";

const limitMs = 90_000;

void test("host mode networking", { skip: labReason }, async (t) => {
  const lab = await theLab();
  let at: Entrance = { address: "", port: 0, sslPort: 0 };
  before(async () => {
    at = await enabledSwarm(lab);
  });
  const becomes = async (host: string, answer: string): Promise<void> => {
    await until(`${host} to be answered by ${answer}`, limitMs, async () => {
      const found = await answerer(lab, at, host);
      if (found !== answer) throw new Error(found);
      return true;
    });
  };
  const networksOfProxy = async (): Promise<string> =>
    (
      await sh(
        lab,
        "docker service inspect --format '{{range .Spec.TaskTemplate.Networks}}{{.Target}} {{end}}' ucp-interlock-proxy",
      )
    ).trim();

  await t.test(
    "application only: published in host mode, no overlay; the upstream is node address and port",
    async () => {
      const networks = await networksOfProxy();
      await createApp(
        lab,
        "hosted",
        { "com.docker.lb.hosts": "hosted.local" },
        { network: false, replicas: 3, words: "--publish mode=host,target=8080" },
      );
      await becomes("hosted.local", "hosted");
      await until("three endpoints", limitMs, async () => {
        const { clusters } = await statusOf(lab);
        const endpoints =
          clusters.flatMap(({ routes }) => routes).find(({ host }) => host === "hosted.local")?.endpoints ?? [];
        return (
          endpoints.length === 3 &&
          endpoints.every((endpoint) => lab.nodes.some(({ address }) => endpoint.startsWith(`${address}:`)))
        );
      });
      assert.equal(await networksOfProxy(), networks, "the proxy joined nothing for it");
    },
  );

  await t.test("hybrid: applications on an overlay are served by the same proxy", async () => {
    await createApp(lab, "overlaid", { "com.docker.lb.hosts": "overlaid.local" });
    await becomes("overlaid.local", "overlaid");
    assert.equal(await answerer(lab, at, "hosted.local"), "hosted");
  });

  await t.test("network=bridge: the published port is used although the service is on an overlay", async () => {
    await createApp(
      lab,
      "bridged",
      { "com.docker.lb.hosts": "bridged.local", "com.docker.lb.network": "bridge" },
      { words: "--endpoint-mode dnsrr --publish mode=host,target=8080" },
    );
    await becomes("bridged.local", "bridged");
  });

  await t.test("network=bridge without a published port is named with its remedy", async () => {
    await createApp(lab, "unpublished", {
      "com.docker.lb.hosts": "unpublished.local",
      "com.docker.lb.network": "bridge",
    });
    const problem = await until("the problem", limitMs, async () =>
      (await statusOf(lab)).problems.find(({ service }) => service === "unpublished"),
    );
    assert.equal(problem.code, "HOST_PORT_MISSING");
    assert.match(problem.remedy, /--publish/);
  });

  await t.test("the documented pinning by hand stands: docker service update --constraint-add", async () => {
    const node = lab.nodes.findIndex(({ address }) => address === at.address) + 1;
    await sh(
      lab,
      `docker node update --label-add nodetype=loadbalancer node${node}
docker service update --quiet --constraint-add node.labels.nodetype==loadbalancer ucp-interlock-proxy`,
    );
    await becomes("hosted.local", "hosted");
    const constraints = await sh(
      lab,
      "sleep 7; docker service inspect --format '{{.Spec.TaskTemplate.Placement.Constraints}}' ucp-interlock-proxy",
    );
    assert.match(constraints, /nodetype==loadbalancer/);
  });

  await t.test(
    "Interlock only: core's port published in host mode, extension and proxies come by the node",
    async () => {
      await sh(
        lab,
        `docker service update --quiet --network-rm ucp-interlock --publish-add mode=host,target=8080,published=8079 ucp-interlock`,
      );
      await until("the proxies to be current", 180_000, async () => {
        const networks = await networksOfProxy();
        const args = await sh(
          lab,
          "docker service inspect --format '{{.Spec.TaskTemplate.ContainerSpec.Args}}' ucp-interlock-proxy",
        );
        if (!/--core 10\.79\.0\.\d+:8079/.test(args)) throw new Error(`${args} ${networks}`);
        return true;
      });
      await becomes("hosted.local", "hosted");
      await createApp(
        lab,
        "later",
        { "com.docker.lb.hosts": "later.local" },
        { network: false, words: "--publish mode=host,target=8080" },
      );
      await becomes("later.local", "later");
    },
  );
});
