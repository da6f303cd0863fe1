/**
 * Proxies that start from a docker config: on the classic road, and cold while core is silent.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bundle } from "../../src/model/bundle.ts";
import { hashOf } from "../../src/model/bundle.ts";
import type { HostName } from "../../src/model/names.ts";
import { render } from "../../src/render/render.ts";
import { print, type Printed } from "../../src/rpc/printed.ts";
import { structureOf, type StructureSketch } from "../golden/structure.ts";
import { TestCore } from "./agent-core.ts";
import { newFolder, TestAgent, until } from "./agent-harness.ts";
import { endpoints } from "./agent-stage.ts";
import { selfSigned } from "./authority.ts";
import { askApp } from "./client.ts";
import { freePort } from "./nginx.ts";
import { skipReason as skip } from "./root.ts";
import { noCertificate, shown } from "./tls-client.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

const app = "app.example" as HostName;

/** One application, a core that does not listen yet, and what a proxy would have mounted. */
interface Ground extends AsyncDisposable {
  readonly core: TestCore;
  readonly app: Upstream;
  readonly port: number;
  readonly httpsPort: number;
  readonly rendered: (sketch?: StructureSketch) => Bundle;
  readonly text: (bundle: Bundle, more?: Partial<Printed>) => string;
}

async function ground(): Promise<Ground> {
  const [port, httpsPort, corePort] = await Promise.all([freePort(), freePort(), freePort()]);
  const upstream = await startUpstream("one");
  const core = TestCore.at(corePort);
  return {
    core,
    app: upstream,
    port,
    httpsPort,
    rendered: (sketch = {}) =>
      render(structureOf({ routes: [{ host: "app.example", upstream: "app" }], httpPort: port, httpsPort, ...sketch })),
    text: ({ nginxConf, routes }, more = {}) =>
      print({
        nginxConf,
        routes,
        endpoints: endpoints(upstream.port),
        names: new Map(),
        certificates: new Map(),
        ...more,
      }),
    [Symbol.asyncDispose]: async () => {
      await core.close();
      await upstream.stop();
    },
  };
}

const names = { certificate: { id: "c1", name: "app.cert" }, key: { id: "k1", name: "app.key" } };

test(
  "a proxy on the classic road serves its docker config and its secrets before core is there",
  { skip },
  async () => {
    await using on = await ground();
    const { cert, key } = selfSigned("app.example");
    const bundle = on.rendered();
    const certificates = new Map([[app, names] as const]);
    const text = on.text(bundle, { certificates });
    await using agent = TestAgent.start({
      corePort: on.core.port,
      classic: true,
      printed: { text, secrets: { "app.cert": cert, "app.key": key } },
    });

    await until("the proxy is healthy", () => agent.healthy());
    assert.equal((await askApp(on.port)).name, "one");
    assert.equal(await shown(on.httpsPort, app), "app.example");

    await on.core.open();
    on.core.first = { whole: false };
    const outcome = await on.core.outcome(0);

    assert.deepEqual(on.core.followers, [{ structure: bundle.structure, revision: bundle.revision }]);
    assert.deepEqual(outcome, {
      kind: "applied",
      sequence: 1,
      serving: { structure: bundle.structure, revision: bundle.revision },
      reloaded: false,
    });
    assert.equal((await askApp(on.port)).name, "one");
    assert.equal(await shown(on.httpsPort, app), "app.example");
  },
);

test("on the classic road an nginx that ended comes back with everything", { skip }, async () => {
  await using on = await ground();
  const { cert, key } = selfSigned("app.example");
  await using agent = TestAgent.start({
    corePort: on.core.port,
    classic: true,
    printed: {
      text: on.text(on.rendered(), { certificates: new Map([[app, names] as const]) }),
      secrets: { "app.cert": cert, "app.key": key },
    },
  });
  await until("the proxy is healthy", () => agent.healthy());
  const before = await agent.identity();

  agent.killNginx();

  await until("another nginx answers with the certificate", async () => {
    const now = await agent.identity();
    const other = now !== undefined && now.pid !== before?.pid;
    return other && (await shown(on.httpsPort, app)) === "app.example";
  });
  assert.equal((await askApp(on.port)).name, "one");
});

test(
  "on the classic road a refused docker config and no last good end the task with nginx's reason",
  { skip },
  async () => {
    await using on = await ground();
    const bundle = on.rendered();
    const bad = bundle.nginxConf.replace("http {", "http {\n    no_such_thing on;");
    await using agent = TestAgent.start({
      corePort: on.core.port,
      classic: true,
      printed: { text: on.text(bundle, { nginxConf: bad }) },
    });

    assert.notEqual(await agent.ended(), 0);
    assert.match(agent.transcript(), /cannot be served: \[emerg\] unknown directive \\?"no_such_thing/);
    assert.equal(agent.healthy(), false);
  },
);

test(
  "on the classic road a refused docker config leaves the last good with the newest endpoints, and core hears why",
  { skip },
  async () => {
    await using on = await ground();
    await using other = await startUpstream("other");
    const folder = newFolder();
    const bundle = on.rendered();
    const before = TestAgent.start({
      corePort: on.core.port,
      classic: true,
      folder,
      printed: { text: on.text(bundle) },
    });
    await until("the proxy is healthy", () => before.healthy());
    before.signal("SIGTERM");
    await before.ended();

    const bad = bundle.nginxConf.replace("http {", "http {\n    no_such_thing on;");
    await on.core.open();
    on.core.first = { whole: false };
    await using agent = TestAgent.start({
      corePort: on.core.port,
      classic: true,
      folder,
      printed: { text: on.text(bundle, { nginxConf: bad, endpoints: endpoints(other.port) }) },
    });
    const outcome = await on.core.outcome(0);

    assert.ok(outcome.kind === "refused");
    assert.equal(outcome.structure, hashOf(bad));
    assert.match(outcome.reason, /no_such_thing/);
    assert.equal(outcome.serving.structure, bundle.structure);
    assert.equal((await askApp(on.port)).name, "other");
    await until("the proxy is healthy", () => agent.healthy());
  },
);

test(
  "a proxy without a last good starts from its docker config when core is silent, and core corrects it without a reload",
  { skip },
  async () => {
    await using on = await ground();
    await using other = await startUpstream("other");
    const bundle = on.rendered();
    const { cert, key } = selfSigned("app.example");
    await using agent = TestAgent.start({
      corePort: on.core.port,
      printed: { text: on.text(bundle, { certificates: new Map([[app, names] as const]) }) },
    });

    await until("the proxy is healthy", () => agent.healthy(), 15_000);
    assert.equal((await askApp(on.port)).name, "one");
    assert.equal(await shown(on.httpsPort, app), noCertificate);
    const before = await agent.identity();

    on.core.first = {
      routes: bundle.routes,
      endpoints: endpoints(other.port),
      certificates: new Map([[app, { certificatePem: cert, keyPem: key }]]),
    };
    await on.core.open();
    assert.equal((await on.core.outcome(0)).kind, "applied");

    assert.deepEqual(on.core.followers, [{ structure: bundle.structure, revision: bundle.revision }]);
    assert.equal((await askApp(on.port)).name, "other");
    assert.equal(await shown(on.httpsPort, app), "app.example");
    assert.equal((await agent.identity())?.pid, before?.pid);
  },
);

test("what core says counts, not the docker config a proxy could start from", { skip }, async () => {
  await using on = await ground();
  await using other = await startUpstream("other");
  const bundle = on.rendered({ settings: { keepaliveTimeout: "30s" } });
  on.core.first = { nginxConf: bundle.nginxConf, routes: bundle.routes, endpoints: endpoints(other.port) };
  await on.core.open();
  await using agent = TestAgent.start({ corePort: on.core.port, printed: { text: on.text(on.rendered()) } });

  assert.equal((await on.core.outcome(0)).kind, "applied");
  assert.equal((await askApp(on.port)).name, "other");
  assert.equal((await agent.identity())?.structure, bundle.structure);
  assert.doesNotMatch(agent.transcript(), /starting from the docker config/);
});
