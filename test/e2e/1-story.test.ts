/**
 * The article "Interlock Service Clusters – with Code!", its steps as printed: node and image names replaced, and the
 * publish mode where the kernel has no routing mesh. Nothing else.
 */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseStatusTable } from "./docker-table.ts";
import { resetSwarm } from "./reset.ts";
import { clusters, demoStack, downloadCommands, threeClusters, updateCommands } from "./article.ts";
import { get, ingress, labReason, publishMode, sh, theLab, until } from "./swarm.ts";

const host = "ingress-demo.lab.capstonec.net";

void test("the article, step by step", { skip: labReason }, async (t) => {
  const lab = await theLab();
  const folder = await mkdtemp(join(tmpdir(), "interlock-story-"));
  const here = (script: string): string => `cd ${folder}\n${script}`;
  let currentConfig = "";
  before(() => resetSwarm(lab));
  after(() => rm(folder, { recursive: true }));

  await t.test("step 1: worker nodes are in their collections", async () => {
    for (const { name, node } of clusters)
      await sh(lab, `docker node update --label-add com.docker.ucp.access.label=/${name} node${node}`);

    const printed = await sh(lab, "docker node inspect node2 | grep com.docker.ucp.access.label");

    assert.match(printed, /"com.docker.ucp.access.label": "\/dev"/);
  });

  await t.test("step 2: Interlock is enabled", async () => {
    await sh(lab, `interlock enable --publish-mode ${publishMode(lab)}`);

    const services = await sh(lab, "docker service ls --filter name=ucp-interlock --format '{{.Name}} {{.Replicas}}'");

    assert.match(services, /^ucp-interlock 1\/1$/m);
    await until("the default extension and proxies", 60_000, async () => {
      const all = await sh(lab, "docker service ls --format '{{.Name}} {{.Replicas}}'");
      return all.includes("ucp-interlock-extension 1/1") && all.includes("ucp-interlock-proxy 2/2");
    });
  });

  await t.test("step 3: ingress nodes are labelled", async () => {
    for (const { name, node } of clusters) {
      const said = await sh(
        lab,
        `docker node update --label-add com.docker.interlock.service.cluster=${name} node${node}`,
      );

      assert.equal(said.trim(), `node${node}`);
    }
  });

  await t.test("step 4: the running configuration is downloaded", async () => {
    currentConfig = (await sh(lab, here(`${downloadCommands}\necho $CURRENT_CONFIG_NAME`))).trim();

    assert.equal(currentConfig, "com.docker.ucp.interlock.conf-1");
    assert.match(await readFile(join(folder, "config.orig.toml"), "utf8"), /\[Extensions\.default\]/);
  });

  await t.test("step 5: the section is duplicated, renamed and changed", async () => {
    const edited = threeClusters(await readFile(join(folder, "config.orig.toml"), "utf8"));
    await writeFile(join(folder, "config.new.toml"), edited);

    const said = await sh(lab, here("interlock config check - < config.new.toml"));

    assert.match(said, /is good/);
    for (const { name } of clusters) assert.match(edited, new RegExp(`\\[Extensions\\.${name}\\.Config\\]`));
  });

  await t.test("steps 6 and 7: the new configuration is uploaded and core restarted with it", async () => {
    const said = await sh(lab, here(`CURRENT_CONFIG_NAME=${currentConfig}\n${updateCommands}`));

    assert.match(said, /com\.docker\.ucp\.interlock\.conf-2|ucp-interlock/);
    assert.match(said, /Service (\S+ )?converged/);
  });

  await t.test("step 8: three extensions and three proxies, with the article's names and ports", async () => {
    await until("three extensions and three proxies", 90_000, async () => {
      const table = parseStatusTable(await sh(lab, "docker service ls"));
      return clusters.every(
        ({ name }) =>
          table.get(`ucp-interlock-extension-${name}`)?.replicas === "1/1" &&
          table.get(`ucp-interlock-proxy-${name}`)?.replicas === "1/1",
      );
    });
    for (const { name, node, port, sslPort } of clusters) {
      const ports = await sh(
        lab,
        `docker service inspect --format '{{range .Spec.EndpointSpec.Ports}}{{.PublishedPort}}->{{.TargetPort}}/{{.Protocol}} {{end}}' ucp-interlock-proxy-${name}`,
      );
      assert.equal(ports.trim(), `${port}->80/tcp ${sslPort}->443/tcp`);
      const placed = await sh(
        lab,
        `docker service ps --filter desired-state=running --format '{{.Node}}' ucp-interlock-proxy-${name}`,
      );
      assert.equal(placed.trim(), `node${node}`);
    }
    if (lab.ipvs)
      assert.match(
        await sh(lab, "docker service ls"),
        /ucp-interlock-proxy-dev .* \*:8082->80\/tcp, \*:8445->443\/tcp/,
      );
  });

  await t.test(
    "the note: the old extension and proxy are gone by themselves, and removing them again does no harm",
    async () => {
      await until("the default cluster's services to be removed", 60_000, async () => {
        const table = parseStatusTable(await sh(lab, "docker service ls"));
        return !table.has("ucp-interlock-extension") && !table.has("ucp-interlock-proxy");
      });

      await sh(lab, "docker service rm ucp-interlock-extension ucp-interlock-proxy || true");

      const table = parseStatusTable(await sh(lab, "docker service ls"));
      assert.equal(table.get("ucp-interlock")?.replicas, "1/1");
      for (const { name } of clusters) assert.equal(table.get(`ucp-interlock-proxy-${name}`)?.replicas, "1/1");
    },
  );

  await t.test("step 9: the demo application is deployed to dev and answers there only", async () => {
    await writeFile(join(folder, "docker-stack.yml"), demoStack("dev", "ingress_dev", host));
    await sh(lab, "docker network create ingress_dev --label com.docker.ucp.access.label=/dev --driver overlay");
    await sh(lab, here("docker stack deploy -c docker-stack.yml demodev"));

    await until("both tasks to run", 60_000, async () => {
      const tasks = await sh(lab, "docker stack ps demodev --format '{{.Name}} {{.CurrentState}}'");
      return /^demodev_demo\.1 Running/m.test(tasks) && /^demodev_demo\.2 Running/m.test(tasks);
    });
    const page = await until("the app on dev's port", 60_000, async () => {
      const answer = await get(ingress(lab, "dev"), 8082, host);
      return answer.status === 200 && answer;
    });
    const curl = await sh(lab, `curl -s -H 'Host: ${host}' http://${ingress(lab, "dev")}:8082`);

    assert.match(page.body, /<!DOCTYPE html>/i);
    assert.match(curl, /<html/);
    assert.equal((await get(ingress(lab, "test"), 8081, host)).status, 503);
    assert.equal((await get(ingress(lab, "prod"), 8080, host)).status, 503);
  });
});
