/**
 * The agent beside nginx: offers in, proven configurations out, whatever dies.
 */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { hashOf, revisionOf } from "../../src/model/bundle.ts";
import type { RouteTable } from "../../src/model/desired.ts";
import { wireUpstreamName, type HostName } from "../../src/model/names.ts";
import { render } from "../../src/render/render.ts";
import { structureOf } from "../golden/structure.ts";
import { TestCore } from "./agent-core.ts";
import { TestAgent, until } from "./agent-harness.ts";
import { endpoints, stageAgent } from "./agent-stage.ts";
import { ask, askApp } from "./client.ts";
import { freePort } from "./nginx.ts";
import { skipReason } from "./root.ts";
import { startUpstream } from "./upstream.ts";

const skip = skipReason;

test("a blank proxy serves its first offer, is healthy only then, and reports it", { skip }, async () => {
  await using stage = await stageAgent();
  const { core, agent, bundle, port } = stage;

  assert.deepEqual(core.followers, [{ structure: "", revision: "" }]);
  assert.deepEqual(core.outcomes[0], {
    kind: "applied",
    sequence: 1,
    serving: { structure: bundle.structure, revision: bundle.revision },
    reloaded: false,
  });
  assert.equal((await askApp(port)).name, "one");
  await until("the proxy is healthy", () => agent.healthy(), 1_000);
});

test("what nginx cannot reach is told to core, and nothing is while all is well", { skip }, async () => {
  await using stage = await stageAgent();
  const { core, app, port } = stage;

  await askApp(port);
  await sleep(600);
  const before = core.unreachable.length;
  await app.stop();
  const { status } = await ask(port);
  await until("core hears of it", () => core.unreachable.length > 0);

  assert.deepEqual([before, status], [0, 502]);
  assert.deepEqual(core.unreachable, [[{ address: "127.0.0.1", port: app.port }]]);
});

test("what cannot be reached while core is away is not told later", { skip }, async () => {
  await using stage = await stageAgent();
  const { core, app, port } = stage;

  await core.close();
  await app.stop();
  await ask(port);
  await sleep(1_000);
  await core.open();
  await until("the agent has found core", () => core.followers.length > 1);
  await sleep(600);

  assert.deepEqual(core.unreachable, []);
});

test("an empty blank proxy is not healthy and has no nginx", { skip }, async () => {
  const corePort = await freePort();
  await using core = TestCore.at(corePort);
  await core.open();
  await using agent = TestAgent.start({ corePort });

  await until("the agent asks for offers", () => core.followers.length > 0);
  await sleep(300);

  assert.equal(agent.healthy(), false);
  assert.equal(await agent.identity(), undefined);
});

test("a new configuration is proven by a new worker, and no request fails meanwhile", { skip }, async () => {
  await using stage = await stageAgent();
  const { core, agent, port, rendered } = stage;
  const before = await agent.identity();
  const next = rendered({ settings: { keepaliveTimeout: "30s" } });
  let failed = 0;
  let asked = 0;
  const stop = new AbortController();
  const load = (async (): Promise<void> => {
    while (!stop.signal.aborted) {
      asked += 1;
      await ask(port).then(
        ({ status }) => (failed += status === 200 ? 0 : 1),
        () => (failed += 1),
      );
    }
  })();

  core.offer({ nginxConf: next.nginxConf });
  const outcome = await core.outcome();
  const after = await agent.identity();
  stop.abort();
  await load;

  assert.deepEqual(outcome, {
    kind: "applied",
    sequence: 2,
    serving: { structure: next.structure, revision: next.revision },
    reloaded: true,
  });
  assert.equal(after?.structure, next.structure);
  assert.notEqual(after?.pid, before?.pid);
  assert.equal((await askApp(port)).name, "one");
  assert.ok(asked > 50, `${asked} requests`);
  assert.equal(failed, 0);
});

test(
  "a configuration nginx refuses leaves the last good one, its tables are applied, and the reason is reported",
  { skip },
  async () => {
    await using stage = await stageAgent();
    await using other = await startUpstream("other");
    const { core, agent, port, bundle } = stage;
    const before = await agent.identity();

    const bad = bundle.nginxConf.replace("http {", "http {\n    no_such_thing on;");
    core.offer({ nginxConf: bad, endpoints: endpoints(other.port) });
    const outcome = await core.outcome();

    assert.equal(outcome.kind, "refused");
    assert.ok(outcome.kind === "refused");
    assert.equal(outcome.structure, hashOf(bad));
    assert.match(outcome.reason, /^\[emerg\] unknown directive "no_such_thing" in nginx\.conf:\d+$/);
    assert.deepEqual(outcome.serving, { structure: bundle.structure, revision: bundle.revision });
    assert.deepEqual((await agent.identity())?.pid, before?.pid);
    assert.equal((await askApp(port)).name, "other");

    core.offer({ nginxConf: bundle.nginxConf });
    assert.equal((await core.outcome()).kind, "applied");
  },
);

test("a configuration that passes nginx -t but cannot bind is rolled back", { skip }, async () => {
  await using stage = await stageAgent();
  const { core, agent, port, bundle } = stage;
  const taken = createServer().listen(0, "0.0.0.0");
  await once(taken, "listening");
  const { port: takenPort } = taken.address() as { port: number };

  const bad = bundle.nginxConf.replace("http {", `http {\n    server { listen ${takenPort}; }`);
  core.offer({ nginxConf: bad });
  const outcome = await core.outcome(1, 30_000);
  taken.close();

  assert.ok(outcome.kind === "refused", agent.transcript());
  assert.match(outcome.reason, new RegExp(`cannot listen on ${takenPort}: .*EADDRINUSE`));
  assert.equal(outcome.serving.structure, bundle.structure);
  assert.equal((await agent.identity())?.structure, bundle.structure);
  assert.equal((await askApp(port)).name, "one");
});

test("a first configuration that cannot bind is refused, and the next good one is served", { skip }, async () => {
  const [port, httpsPort, corePort] = await Promise.all([freePort(), freePort(), freePort()]);
  const bundle = render(structureOf({ routes: [{ host: "app.example", upstream: "app" }], httpPort: port, httpsPort }));
  const taken = createServer().listen(port, "0.0.0.0");
  await once(taken, "listening");
  await using core = TestCore.at(corePort);
  core.first = { nginxConf: bundle.nginxConf, routes: bundle.routes };
  await core.open();
  await using agent = TestAgent.start({ corePort });

  const outcome = await core.outcome(0);
  assert.equal(outcome.kind, "refused");
  assert.deepEqual(outcome.serving, { structure: "", revision: "" });
  assert.equal(agent.healthy(), false);

  taken.close();
  await once(taken, "close");
  core.offer({ nginxConf: bundle.nginxConf });
  assert.equal((await core.outcome()).kind, "applied", agent.transcript());
});

test("changes of tables do not reload", { skip }, async () => {
  await using stage = await stageAgent();
  await using two = await startUpstream("two");
  const { core, agent, port, bundle } = stage;
  const before = await agent.identity();
  const host = "new.example" as HostName;
  const routes: RouteTable = new Map([[host, [{ path: "/", upstream: wireUpstreamName("two"), profile: "default" }]]]);

  core.offer({ routes, endpoints: new Map([[wireUpstreamName("two"), [{ address: "127.0.0.1", port: two.port }]]]) });
  const outcome = await core.outcome();

  assert.equal((await askApp(port, { host })).name, "two");
  assert.equal((await askApp(port)).name, "one");
  const revision = revisionOf(bundle.structure, new Map([...bundle.routes, ...routes]));
  assert.deepEqual(outcome, {
    kind: "applied",
    sequence: 2,
    serving: { structure: bundle.structure, revision },
    reloaded: false,
  });

  core.offer({ removedHosts: [host], removedUpstreams: [wireUpstreamName("two")] });
  assert.equal((await core.outcome()).serving.revision, bundle.revision);
  assert.equal((await ask(port, { host })).status, 503);
  assert.equal((await agent.identity())?.pid, before?.pid);
});

test("tables change while a reload is under way", { skip }, async () => {
  await using stage = await stageAgent();
  await using two = await startUpstream("two");
  const { core, agent, port, rendered } = stage;

  core.offer({ nginxConf: rendered({ settings: { keepaliveTimeout: "30s" } }).nginxConf });
  await until("the reload is under way", () => agent.transcript().match(/"Configuration activated"/g)?.length === 2);
  const startedMs = performance.now();
  core.offer({ endpoints: endpoints(two.port) });
  await until("the new endpoint answers", async () => (await askApp(port)).name === "two", 500);

  assert.ok(performance.now() - startedMs < 500);
  const outcome = await core.outcome();
  assert.equal(outcome.sequence, 3);
  assert.ok(outcome.kind === "applied" && outcome.reloaded);
});
