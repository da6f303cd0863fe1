/**
 * A proxy's own life: how it starts, stops and reloads without a request that fails for it.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { globSync } from "node:fs";
import { Agent } from "node:http";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Certificate } from "../../src/model/desired.ts";
import type { HostName } from "../../src/model/names.ts";
import { TestCore } from "./agent-core.ts";
import { TestAgent, until } from "./agent-harness.ts";
import { endpoints, stageAgent } from "./agent-stage.ts";
import { selfSigned } from "./authority.ts";
import { ask, askApp } from "./client.ts";
import { freePort } from "./nginx.ts";
import { skipReason as skip } from "./root.ts";
import { shown } from "./tls-client.ts";
import { startUpstream } from "./upstream.ts";

const host = "app.example" as HostName;
const path = "/_interlock/health";

function certificate(): Certificate {
  const { cert, key } = selfSigned(host);
  return { certificatePem: cert, keyPem: key };
}

/** Clients that ask again and again, each on a new connection, and what they got: statuses, names on certificates, codes of failures. */
class Crowd {
  readonly got = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #clients: Promise<void>[];

  constructor(port: number, httpsPort: number, everyMs: number) {
    const status = async (): Promise<string> => {
      try {
        return String((await ask(port)).status);
      } catch (error) {
        return error instanceof Error && "code" in error ? String(error.code) : String(error);
      }
    };
    const client = async (one: () => Promise<string>): Promise<void> => {
      while (!this.#stop.signal.aborted) {
        const answer = await one();
        this.got.set(answer, (this.got.get(answer) ?? 0) + 1);
        await sleep(everyMs);
      }
    };
    this.#clients = [status, status, () => shown(httpsPort, host), () => shown(httpsPort, host)].map(client);
  }

  /** Ends it; returns what was got, apart from connections that could not be made or were cut with the process at their other end. */
  async stop(): Promise<readonly string[]> {
    this.#stop.abort();
    await Promise.all(this.#clients);
    return [...this.got.keys()].filter((key) => !["ECONNREFUSED", "ECONNRESET"].includes(key)).toSorted();
  }
}

async function health(port: number): Promise<string> {
  const { status, body } = await ask(port, { path });
  return `${status} ${body.trim()}`;
}

test(
  "nginx killed under load: whoever reaches it is served, over TLS too, from the first connection on",
  { skip },
  async () => {
    await using stage = await stageAgent();
    const { core, agent, port, httpsPort } = stage;
    core.offer({ certificates: new Map([[host, certificate()]]) });
    await core.outcome();
    const crowd = new Crowd(port, httpsPort, 1);

    for (let kills = 1; kills <= 3; kills += 1) {
      agent.killNginx();
      await until(
        "nginx has been started again",
        () => agent.transcript().match(/"nginx started"/g)?.length === kills + 1,
      );
      await until("it serves", async () => (await ask(port).catch(() => undefined))?.status === 200);
    }

    assert.deepEqual(await crowd.stop(), ["200", host]);
  },
);

test(
  "a proxy started from last good serves everybody from its first instant on, over TLS too where core is there",
  { skip },
  async () => {
    await using stage = await stageAgent();
    const { core, agent, port, httpsPort, bundle } = stage;
    const certificates = new Map([[host, certificate()]]);
    core.offer({ certificates });
    await core.outcome();
    await until(
      "the last good is written",
      () => globSync("state/last-good/tables.json", { cwd: agent.folder }).length > 0,
    );
    await agent.kill();
    core.first = { routes: bundle.routes, endpoints: endpoints(stage.app.port), certificates };
    const heard = core.outcomes.length;

    const crowd = new Crowd(port, httpsPort, 1);
    await using again = TestAgent.start({ corePort: core.port, folder: agent.folder });
    await core.outcome(heard);
    await until("it is healthy", () => again.healthy());

    assert.deepEqual(await crowd.stop(), ["200", host]);
    assert.match(again.transcript(), /Serving from last good/);
  },
);

test("a proxy is not healthy while core has yet to get a certificate, and is when it comes", { skip }, async () => {
  await using stage = await stageAgent();
  const { core, agent, port, bundle } = stage;
  await until(
    "the last good is written",
    () => globSync("state/last-good/tables.json", { cwd: agent.folder }).length > 0,
  );
  await agent.kill();
  const written = agent.transcript().length;
  // What a core says that has just started itself.
  core.first = {
    routes: bundle.routes,
    endpoints: endpoints(stage.app.port),
    certificates: new Map([[host, "kept"]]),
  };

  await using again = TestAgent.start({ corePort: core.port, folder: agent.folder });
  const said = (words: string): boolean => again.transcript().slice(written).includes(words);
  await until("it serves", async () => (await ask(port).catch(() => undefined))?.status === 200);
  await until("it has heard core", () => said("Core found"));
  const answers = [await health(port)];
  // Handshakes wait for some seconds, the health of the task for half a minute.
  await until("the health address waits no longer", async () => (await health(port)) === "200 serving");
  const early = said('"healthy":true');
  core.offer({ certificates: new Map([[host, certificate()]]) });
  await until("it is healthy", () => said('"healthy":true'), 5_000);

  assert.deepEqual([answers, early], [["503 starting"], false]);
});

test(
  "SIGTERM: load balancers are told, everything is served and kept fresh for the drain time, then nginx ends",
  { skip },
  async () => {
    await using stage = await stageAgent(undefined, { drainMs: 2_500 });
    await using two = await startUpstream("two");
    const { core, agent, port } = stage;
    await until("it is healthy", () => agent.healthy());
    const clients = new Agent({ keepAlive: true });
    const before = [await health(port), (await ask(port, { agent: clients })).headers.connection];

    const startedMs = performance.now();
    agent.signal("SIGTERM");
    await until("the health address says so", async () => (await health(port)) === "503 draining", 2_000);
    const answer = await ask(port, { agent: clients });
    const during = [answer.status, answer.headers.connection];
    await until("the health file is gone", () => !agent.healthy(), 1_000);
    core.offer({ endpoints: endpoints(two.port) });
    await until("a new endpoint is used", async () => (await askApp(port)).name === "two", 2_000);
    const code = await agent.ended();
    clients.destroy();

    assert.deepEqual(before, ["200 serving", "keep-alive"]);
    assert.deepEqual(during, [200, "close"]);
    assert.equal(code, 0);
    const tookMs = performance.now() - startedMs;
    assert.ok(tookMs >= 2_500, `${tookMs} ms`);
    assert.match(agent.transcript(), /"drainMs":2500,"msg":"Draining"[^]*"nginx ended"/);
  },
);

test("a connection that is idle for the whole drain time is answered once more", { skip }, async () => {
  await using stage = await stageAgent(undefined, { drainMs: 2_000 });
  const { agent, port } = stage;
  const clients = new Agent({ keepAlive: true });
  await ask(port, { agent: clients });

  agent.signal("SIGTERM");
  await until("the health address says so", async () => (await health(port)) === "503 draining", 2_000);
  await sleep(2_500);
  const { status, headers } = await ask(port, { agent: clients });
  clients.destroy();

  assert.deepEqual([status, headers.connection], [200, "close"]);
  assert.equal(await agent.ended(), 0);
});

test("a reload waits longer while a client keeps an idle connection", { skip }, async () => {
  await using stage = await stageAgent();
  const { core, agent, port, rendered } = stage;
  const clients = new Agent({ keepAlive: true, maxSockets: 1 });
  await ask(port, { agent: clients });

  core.offer({ nginxConf: rendered({ settings: { keepaliveTimeout: "30s" } }).nginxConf });
  await until("the reload is under way", () => agent.transcript().match(/"Configuration activated"/g)?.length === 2);
  const beganMs = performance.now();
  const outcome = await core.outcome();
  const tookMs = performance.now() - beganMs;
  clients.destroy();

  assert.ok(outcome.kind === "applied" && outcome.reloaded);
  // One second for clients that ask often, another for this one; the beginning was seen a little late.
  assert.ok(tookMs >= 1_800, `${tookMs} ms`);
});

test("a stop in the middle of a reload drains all the same, and reloads no more", { skip }, async () => {
  await using stage = await stageAgent(undefined, { drainMs: 2_500 });
  const { core, agent, port, rendered } = stage;
  const { pid } = (await agent.identity()) ?? {};

  core.offer({ nginxConf: rendered({ settings: { keepaliveTimeout: "30s" } }).nginxConf });
  await until("the reload is under way", () => agent.transcript().match(/"Configuration activated"/g)?.length === 2);
  agent.signal("SIGTERM");
  await until("the health address says so", async () => (await health(port)) === "503 draining", 2_000);
  await sleep(1_300);
  const late = [await health(port), (await ask(port)).status, (await agent.identity())?.pid];

  assert.deepEqual(late, ["503 draining", 200, pid]);
  assert.equal(await agent.ended(), 0);
});

test("a proxy that serves nothing does not drain", { skip }, async () => {
  const corePort = await freePort();
  await using core = TestCore.at(corePort);
  await core.open();
  await using agent = TestAgent.start({ corePort, drainMs: 60_000 });
  await until("it asks for offers", () => core.followers.length > 0);

  agent.signal("SIGTERM");

  assert.equal(await Promise.race([agent.ended(), sleep(10_000, "still there", { ref: false })]), 0);
});

test(
  "old workers are few: the oldest is ended with the connections it still has, the others are not",
  { skip },
  async () => {
    await using stage = await stageAgent(undefined, { mostLeaving: 2 });
    const { core, agent, port, rendered } = stage;
    const routes = [{ host: "127.0.0.1", upstream: "app" }];
    core.offer({ routes: rendered({ routes }).routes });
    await core.outcome();
    const open: boolean[] = [];
    const sockets: WebSocket[] = [];

    for (const seconds of [10, 20, 30]) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`);
      await once(socket, "open");
      const at = open.push(true) - 1;
      socket.addEventListener("close", () => (open[at] = false));
      sockets.push(socket);
      core.offer({ nginxConf: rendered({ settings: { keepaliveTimeout: `${seconds}s` } }).nginxConf });
      await until("it is served", () => agent.transcript().match(/"Configuration proven"/g)?.length === at + 2);
      if (at === 1) assert.deepEqual(open, [true, true]);
    }
    await until("the first is closed", () => open[0] === false, 2_000);

    const echo = once(sockets[1] ?? assert.fail(), "message");
    sockets[1]?.send("still here");
    await echo;
    assert.deepEqual(open, [false, true, true]);
    assert.match(agent.transcript(), /"connections":2,"msg":"Old worker ended, too many are leaving"/);
    for (const socket of sockets) socket.close();
  },
);
