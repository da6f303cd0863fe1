/**
 * What an agent does when something dies: nginx, itself, core, the disk.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createServer } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { wireUpstreamName } from "../../src/model/names.ts";
import { TestAgent, until } from "./agent-harness.ts";
import { endpoints, stageAgent } from "./agent-stage.ts";
import { ask, askApp } from "./client.ts";
import { skipReason as skip } from "./root.ts";
import { startUpstream } from "./upstream.ts";

test("nginx killed: it is back with its tables within seconds", { skip }, async () => {
  await using stage = await stageAgent();
  const { agent, port, bundle } = stage;

  agent.killNginx();
  const startedMs = performance.now();
  await until(
    "the application answers again",
    async () => (await ask(port).catch(() => undefined))?.status === 200,
    5_000,
  );
  await until("nginx has its structure", async () => (await agent.identity())?.structure === bundle.structure);
  await until("the tables are back", async () => (await ask(port).catch(() => undefined))?.status === 200);

  assert.ok(performance.now() - startedMs < 5_000);
  assert.match(agent.transcript(), /nginx ended by itself/);
});

test(
  "an agent killed and started again serves from last good while core is away, and agrees with core later",
  { skip },
  async () => {
    await using stage = await stageAgent();
    const { core, agent, port, bundle } = stage;
    await sleep(1_200);
    await core.close();
    await agent.kill();

    await using again = TestAgent.start({ corePort: core.port, folder: agent.folder });
    await until("the application answers", async () => (await ask(port).catch(() => undefined))?.status === 200);
    await until("it is healthy", () => again.healthy());
    // The one before has left its health file.
    await until("its nginx tells who it is", async () => (await again.identity()) !== undefined);
    const { pid } = (await again.identity()) ?? {};
    const heard = core.outcomes.length;
    core.first = { routes: bundle.routes, endpoints: endpoints(stage.app.port) };
    await core.open();
    const outcome = await core.outcome(heard);

    assert.deepEqual(core.followers.at(-1), { structure: bundle.structure, revision: bundle.revision });
    assert.deepEqual(outcome, {
      kind: "applied",
      sequence: 1,
      serving: { structure: bundle.structure, revision: bundle.revision },
      reloaded: false,
    });
    assert.equal((await again.identity())?.pid, pid);
  },
);

test("a damaged last good is ignored with a warning, and core mends it", { skip }, async () => {
  await using stage = await stageAgent();
  const { core, agent, port, bundle } = stage;
  await sleep(1_200);
  await agent.kill();
  truncateSync(join(agent.folder, "state/last-good/nginx.conf"), 400);
  const heard = core.outcomes.length;

  await using again = TestAgent.start({ corePort: core.port, folder: agent.folder });
  const outcome = await core.outcome(heard);

  assert.match(
    again.transcript(),
    /"reason":"the last good configuration is damaged","msg":"Last good configuration ignored"/,
  );
  assert.deepEqual(core.followers.at(-1), { structure: "", revision: "" });
  assert.equal(outcome.serving.revision, bundle.revision);
  assert.equal((await ask(port)).status, 200);
  await until("core is told", () => core.outcomes.at(-1)?.trouble !== undefined);
  assert.match(core.outcomes.at(-1)?.trouble ?? "", /^what was kept before the start was not used: .* is damaged/);
});

test("unreadable tables of a last good are ignored, too", { skip }, async () => {
  await using stage = await stageAgent();
  const { core, agent, port } = stage;
  await sleep(1_200);
  await agent.kill();
  writeFileSync(join(agent.folder, "state/last-good/tables.json"), '{"checksum":"","content":{}}');
  const heard = core.outcomes.length;

  await using again = TestAgent.start({ corePort: core.port, folder: agent.folder });
  await core.outcome(heard);

  assert.match(again.transcript(), /Last good configuration ignored/);
  assert.equal((await ask(port)).status, 200);
});

test("a read-only volume: it serves from memory, warns once, and core is told", { skip }, async () => {
  await using stage = await stageAgent(undefined, { state: "read-only" });
  await using two = await startUpstream("two");
  const { core, agent, port } = stage;
  const told = await core.outcome(1);

  core.offer({ endpoints: endpoints(two.port) });
  const next = await core.outcome(2);

  assert.match(told.trouble ?? "", /^the last good configuration cannot be kept: EROFS/);
  assert.equal(next.trouble, told.trouble);
  assert.equal((await askApp(port)).name, "two");
  assert.equal(agent.healthy(), true);
  await sleep(1_500);
  assert.equal(agent.transcript().match(/Last good configuration not kept/g)?.length, 1);
});

test("a volume removed from under the agent costs the last good, nothing else", { skip }, async () => {
  await using stage = await stageAgent();
  await using two = await startUpstream("two");
  const { core, agent, port } = stage;
  await sleep(1_200);
  agent.removeState();

  core.offer({ endpoints: endpoints(two.port) });
  await core.outcome(1);

  const trouble = await core.outcome(2);
  assert.match(trouble.trouble ?? "", /^the last good configuration cannot be kept: ENOENT/);
  assert.equal((await askApp(port)).name, "two");
  assert.ok(agent.cpuSeconds() < 3, `${agent.cpuSeconds()} s of CPU`);
});

test(
  "SIGTERM: a response in flight is finished, new connections are not taken, the agent exits 0",
  { skip },
  async () => {
    await using stage = await stageAgent(async ({ url }, response) => {
      if (url !== "/slow") return false;
      response.write("begun ");
      await sleep(2_000);
      response.end("finished");
      return true;
    });
    const { agent, port } = stage;
    await until("it is healthy", () => agent.healthy());
    const slow = ask(port, { path: "/slow" });
    await sleep(300);

    agent.signal("SIGTERM");
    await until("the health file is gone", () => !agent.healthy(), 1_000);
    await until(
      "new connections are refused",
      async () => (await ask(port).catch(() => undefined)) === undefined,
      1_500,
    );

    assert.equal((await slow).body, "begun finished");
    assert.equal(await agent.ended(), 0);
  },
);

test("SIGTERM: what takes longer than the grace period is cut off", { skip }, async () => {
  await using stage = await stageAgent(async ({ url }) => {
    await sleep(url === "/endless" ? 30_000 : 0, undefined, { ref: false });
    return false;
  });
  const { agent, port } = stage;
  const endless = ask(port, { path: "/endless" }).then(
    () => "answered",
    () => "cut off",
  );
  await sleep(300);
  const startedMs = performance.now();

  agent.signal("SIGTERM");

  assert.equal(await agent.ended(), 0);
  assert.equal(await endless, "cut off");
  const tookMs = performance.now() - startedMs;
  assert.ok(tookMs > 2_900 && tookMs < 8_000, `${tookMs} ms`);
});

test("core away and back: traffic goes on, and what changed meanwhile arrives in one offer", { skip }, async () => {
  await using stage = await stageAgent();
  await using two = await startUpstream("two");
  const { core, agent, port, bundle, rendered } = stage;
  const next = rendered({ settings: { keepaliveTimeout: "30s" } });

  await core.close();
  await sleep(1_000);
  assert.equal((await askApp(port)).name, "one");
  assert.equal(agent.healthy(), true);
  const heard = core.outcomes.length;
  core.first = { nginxConf: next.nginxConf, routes: next.routes, endpoints: endpoints(two.port) };
  await core.open();
  const outcome = await core.outcome(heard);

  assert.deepEqual(core.followers.at(-1), { structure: bundle.structure, revision: bundle.revision });
  assert.deepEqual(outcome, {
    kind: "applied",
    sequence: 1,
    serving: { structure: next.structure, revision: next.revision },
    reloaded: true,
  });
  assert.equal((await askApp(port)).name, "two");
  assert.equal(agent.transcript().match(/Core lost, serving on/g)?.length, 1);
});

test("a burst of new configurations is one reload, to the latest", { skip }, async () => {
  await using stage = await stageAgent();
  const { core, agent, app, port, rendered } = stage;
  const other = wireUpstreamName("other");

  for (const seconds of [10, 20, 30, 40, 50]) {
    core.offer({
      nginxConf: rendered({ settings: { keepaliveTimeout: `${seconds}s` } }).nginxConf,
      endpoints: new Map([[other, [{ address: "127.0.0.1", port: seconds }]]]),
    });
    await sleep(20);
  }
  core.offer({ removedUpstreams: [other], endpoints: endpoints(app.port) });
  await until("the last one is reported", () => core.outcomes.at(-1)?.sequence === 7);

  const last = rendered({ settings: { keepaliveTimeout: "50s" } });
  assert.deepEqual(core.outcomes.at(-1)?.serving, { structure: last.structure, revision: last.revision });
  assert.equal((await ask(port)).status, 200);
  // The first one, and one for all of these.
  assert.equal(agent.transcript().match(/"Configuration proven"/g)?.length, 2);
});

test("an nginx that cannot come back ends the agent, so that Swarm makes another", { skip }, async () => {
  await using stage = await stageAgent();
  const { agent, port } = stage;
  await until("it is healthy", () => agent.healthy());
  const taken = createServer();

  // Whoever asks most often gets the port: nginx asks every 0.5 s.
  agent.killNginx();
  for (let tries = 0; !taken.listening && tries < 2_000; tries += 1) {
    taken.once("error", () => undefined);
    taken.listen(port, "0.0.0.0");
    await Promise.race([once(taken, "listening"), once(taken, "error")]).catch(() => undefined);
    taken.removeAllListeners("error");
    await sleep(1);
  }
  assert.ok(taken.listening, "the test could not take the port");
  const code = await agent.ended();
  taken.close();

  assert.equal(code, 1);
  assert.equal(existsSync(join(agent.folder, "run/healthy")), false);
  assert.match(agent.transcript(), /nginx does not stay up with the last good configuration/);
});
