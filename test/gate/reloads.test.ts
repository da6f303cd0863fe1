/**
 * What makes nginx reload: options do, applications do not.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterName, type Core } from "../../bench/scale/core.ts";
import { certificateOf, keyOf, keyPem } from "../../src/certificates/fixtures.ts";
import { parseServiceClusterName, unnamedCluster } from "../../src/model/names.ts";
import { Ground, Running } from "./ground.ts";
import { CountingProxy } from "./proxy.ts";
import { within } from "./verdict.ts";

const services = 20;
const cluster = parseServiceClusterName(clusterName) ?? unnamedCluster;
const key = keyOf();

type Change = (ground: Ground, n: number, core: Core) => void;

/** Five kinds of changes, each of which an application may make at any time. */
const kinds: readonly Change[] = [
  (ground, n) => ground.label(n % services, { hosts: `host-${n}.example.org,other-${n}.example.org` }),
  (ground, n) => ground.label(n % services, { context_root: `/path-${n}` }),
  (ground, n) => ground.moveTask(n % services),
  (ground, n, core) => renew(ground, n, core),
  (ground, n) => ground.addService(`new-${n}_web`, { hosts: `new-${n}.example.org` }),
];

/** A certificate in new secrets, which the config service hands over. */
function renew(ground: Ground, n: number, core: Core): void {
  const hosts = [`tls-${n}.example.org`];
  const parts = { cert: certificateOf({ hosts, key }), key: keyPem(key) };
  const ids = Object.keys(parts).map((part) =>
    ground.swarm.createObject("secret", { Name: `tls-${n}.${part}`, Labels: {}, Data: "eA==" }),
  );
  const texts = Object.values(parts).map((text) => Buffer.from(text));
  core.certifier.supply(cluster, new Map(ids.map((id, index) => [id, texts[index] ?? Buffer.alloc(0)])));
  ground.label(n % services, { hosts: hosts.join(), ssl_cert: `tls-${n}.cert`, ssl_key: `tls-${n}.key` });
}

test("fifty changes of applications are no reload, another core is none, another option is one", async () => {
  await using ground = await Ground.of(services);
  const proxies = [new CountingProxy("task-1"), new CountingProxy("task-2")];
  {
    await using running = await Running.on(ground, proxies);
    running.takenByEach();
    for (let n = 0; n < 50; n += 1) {
      kinds[n % kinds.length]?.(ground, n, running.core);
      await running.look();
    }
    for (const { reloads, routes, endpoints, certificates } of running.takenByEach()) {
      within("changes.reloads", reloads);
      // Nothing would be proven by changes that did not come through.
      assert.ok(routes >= 30, `routes changed ${routes} times`);
      assert.ok(endpoints >= 20, `endpoints changed ${endpoints} times`);
      assert.equal(certificates, 10);
    }
  }
  {
    await using running = await Running.on(ground, proxies);
    for (const { reloads, offers } of running.takenByEach()) {
      within("restart.reloads", reloads);
      assert.ok(offers > 0, "the other core offered nothing");
    }
  }
  await using running = await Running.on(ground, proxies, "[Extensions.prod.Config]\nConnectTimeout = 7\n");
  for (const { reloads } of running.takenByEach()) within("option.reloads", reloads);
});
