/**
 * An operator's own template, and the classic road: what changes then comes by docker config, as in the original. Source: the usage
 * scenario 4.18 of the original, `HitlessServiceUpdate`.
 */
import assert from "node:assert/strict";
import { readFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { downloadCommands, updateCommands } from "./article.ts";
import { answerer, createApp, curl, enabledSwarm, entrance, type Entrance } from "./enabled.ts";
import { labReason, sh, statusOf, theLab, until } from "./swarm.ts";

const limitMs = 120_000;
const template = join(import.meta.dirname, "../../examples/template/nginx.conf.tmpl");

void test("a custom template and the classic road", { skip: labReason }, async (t) => {
  const lab = await theLab();
  let at: Entrance = { address: "", port: 0, sslPort: 0 };
  const configName = async (): Promise<string> =>
    (
      await sh(
        lab,
        "docker service inspect --format '{{range .Spec.TaskTemplate.ContainerSpec.Configs}}{{.ConfigName}} {{end}}' ucp-interlock-proxy",
      )
    ).trim();
  /** The documented way to a changed file. */
  const changeConfig = async (change: (toml: string) => string): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), "interlock-template-"));
    try {
      await sh(lab, `cd ${folder}${downloadCommands}`);
      await writeFile(
        join(folder, "config.new.toml"),
        change(await readFile(join(folder, "config.orig.toml"), "utf8")),
      );
      await sh(lab, `cd ${folder}${downloadCommands}${updateCommands}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  before(async () => {
    at = await enabledSwarm(lab);
    await createApp(lab, "demo", { "com.docker.lb.hosts": "demo.local" }, { replicas: 2 });
    await until("the app to answer", limitMs, async () => (await answerer(lab, at, "demo.local")) === "demo");
  });

  await t.test("the documented commands put a template in place of ours, and status says so", async () => {
    const text = (await readFile(template, "utf8")).replace(
      /^(\s*http \{.*)$/m,
      "$1\n  add_header x-template mine always;",
    );
    assert.match(text, /x-template/);
    await sh(
      lab,
      `cat > /tmp/interlock-custom.conf <<'END'\n${text}\nEND
docker config create interlock-custom-template /tmp/interlock-custom.conf; rm /tmp/interlock-custom.conf
docker service update --quiet --config-add source=interlock-custom-template,target=/etc/docker/extension-template.conf ucp-interlock-extension`,
    );
    await until("the template to serve", limitMs, async () =>
      /^x-template: mine/im.test(await curl(lab, `-i -H 'Host: demo.local' http://${at.address}:${at.port}/ping`)),
    );
    assert.ok((await statusOf(lab)).clusters.some(({ template }) => template === true));
  });

  await t.test("scaling reaches a proxy with a template", async () => {
    await sh(lab, "docker service scale --detach demo=3");
    await until("three tasks to answer", limitMs, async () => {
      const text = await sh(
        lab,
        `for i in $(seq 20); do curl -s -H 'Host: demo.local' http://${at.address}:${at.port}/ping; done`,
      );
      return new Set([...text.matchAll(/"instance":"([^"]*)"/g)].map(([, instance]) => instance)).size === 3;
    });
  });

  await t.test(
    "a template that uses what there is not is refused with construct and line; the last good serves on",
    async () => {
      await sh(
        lab,
        `printf 'http {\\n{{ nosuchfunction .Hosts }}\\n}\\n' | docker config create interlock-broken-template -
docker service update --quiet --config-rm interlock-custom-template --config-add source=interlock-broken-template,target=/etc/docker/extension-template.conf ucp-interlock-extension`,
      );
      const failure = await until("the failure", limitMs, async () => (await statusOf(lab)).clusters[0]?.renderFailure);
      assert.match(failure, /nosuchfunction/);
      assert.match(failure, /line 2/);
      assert.equal(await answerer(lab, at, "demo.local"), "demo");
    },
  );

  await t.test("the documented command takes the template away again", async () => {
    await sh(lab, "docker service update --quiet --config-rm interlock-broken-template ucp-interlock-extension");
    await until("our own configuration", limitMs, async () => {
      const head = await curl(lab, `-i -H 'Host: demo.local' http://${at.address}:${at.port}/ping`);
      return head.startsWith("HTTP/1.1 200") && !/^x-template/im.test(head);
    });
  });

  await t.test("the key Template does the same", async () => {
    await changeConfig((toml) =>
      toml.replace("[Extensions.default]\n", '[Extensions.default]\n    Template = "interlock-custom-template"\n'),
    );
    await until("the template to serve", limitMs, async () =>
      /^x-template: mine/im.test(await curl(lab, `-i -H 'Host: demo.local' http://${at.address}:${at.port}/ping`)),
    );
    await changeConfig((toml) => toml.replace('    Template = "interlock-custom-template"\n', ""));
    await until("our own configuration", limitMs, async () => {
      const head = await curl(lab, `-i -H 'Host: demo.local' http://${at.address}:${at.port}/ping`);
      return head.startsWith("HTTP/1.1 200") && !/^x-template/im.test(head);
    });
  });

  await t.test(
    "HitlessServiceUpdate = false: every change is a docker config and an update of the proxy service",
    async () => {
      await changeConfig((toml) =>
        toml.replace("[Extensions.default]\n", "[Extensions.default]\n    HitlessServiceUpdate = false\n"),
      );
      const first = await until("a docker config on the proxy service", limitMs, async () => {
        const name = await configName();
        return name.startsWith("com.docker.interlock.proxy.") && name;
      });
      at = await entrance(lab, 8080, 8443, "demo.local");
      await createApp(lab, "classic", { "com.docker.lb.hosts": "classic.local" });
      at = await entrance(lab, 8080, 8443, "classic.local");
      const second = await configName();
      assert.notEqual(second, first);
      assert.match(await sh(lab, `docker config inspect --pretty ${second}`), /classic\.local/);
      await until(
        "no more than two of these configs",
        limitMs,
        async () =>
          (await sh(lab, "docker config ls -q --filter name=com.docker.interlock.proxy")).trim().split("\n").length <=
          2,
      );
    },
  );
});
