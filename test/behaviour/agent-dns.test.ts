/**
 * Proxies that find endpoints by DNS while core is silent or blind (record 0013).
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bundle } from "../../src/model/bundle.ts";
import type { EndpointTable, NameTable } from "../../src/model/desired.ts";
import { wireUpstreamName } from "../../src/model/names.ts";
import { DnsServer } from "../../src/proxy/fixtures.ts";
import { render } from "../../src/render/render.ts";
import { print } from "../../src/rpc/printed.ts";
import { structureOf } from "../golden/structure.ts";
import { TestCore } from "./agent-core.ts";
import { TestAgent, until, type AgentSketch } from "./agent-harness.ts";
import { ask } from "./client.ts";
import { freePort } from "./nginx.ts";
import { skipReason as skip } from "./root.ts";

const app = wireUpstreamName("app");
const tasks = "tasks.app.net";

/** Tasks of one application at one port, told apart by their addresses on loopback. */
interface Ground extends AsyncDisposable {
  readonly core: TestCore;
  readonly dns: DnsServer;
  readonly bundle: Bundle;
  readonly names: NameTable;
  /** The table of core, with tasks at these addresses. */
  readonly at: (...addresses: string[]) => EndpointTable;
  readonly start: (sketch?: Partial<AgentSketch>) => TestAgent;
  /** The address of the task that answers; the status of nginx when none does. */
  readonly answers: () => Promise<string>;
}

async function ground(): Promise<Ground> {
  const stack = new AsyncDisposableStack();
  const [port, httpsPort, corePort] = await Promise.all([freePort(), freePort(), freePort()]);
  const bundle = render(structureOf({ routes: [{ host: "app.example", upstream: "app" }], httpPort: port, httpsPort }));
  const dns = stack.use(await DnsServer.start());
  const core = stack.use(TestCore.at(corePort));
  const tasksPort = await freePort();
  const server = createServer((request, response) => response.end(request.socket.localAddress));
  stack.defer(() => void server.close());
  await once(server.listen(tasksPort, "0.0.0.0"), "listening");
  const at = (...addresses: string[]): EndpointTable =>
    new Map([[app, addresses.map((address) => ({ address, port: tasksPort }))]]);
  const names: NameTable = new Map([[app, [{ name: tasks, port: tasksPort }]]]);
  core.first = { nginxConf: bundle.nginxConf, routes: bundle.routes, endpoints: at("127.0.0.1"), names };
  return {
    core,
    dns,
    bundle,
    names,
    at,
    start: (sketch = {}) => TestAgent.start({ corePort, dns: dns.address, ...sketch }),
    answers: async () => {
      const answer = await ask(port).catch(() => undefined);
      return answer?.status === 200 ? answer.body : String(answer?.status);
    },
    [Symbol.asyncDispose]: async () => await stack.disposeAsync(),
  };
}

/** Waits until the whole of the fallback's next round has been asked for. */
async function aRound(dns: DnsServer): Promise<void> {
  const { length } = dns.asked;
  await until("DNS is asked twice more", () => dns.asked.length >= length + 2);
}

test(
  "core gone: endpoints follow DNS, an answer without any keeps them, and core counts when it is back",
  { skip },
  async () => {
    await using on = await ground();
    const { core, dns, answers, at, names, bundle } = on;
    dns.say(tasks, ["127.0.0.2"]);
    await core.open();
    await using agent = on.start();
    await until("core's endpoint answers", async () => (await answers()) === "127.0.0.1");
    assert.deepEqual(dns.asked, [], agent.transcript());
    const before = await agent.identity();

    await core.close();
    await until("the endpoint of DNS answers", async () => (await answers()) === "127.0.0.2");
    dns.say(tasks, ["127.0.0.3"]);
    await until("the next endpoint of DNS answers", async () => (await answers()) === "127.0.0.3");
    for (const said of [[], undefined, "servfail", "silence"] as const) {
      dns.say(tasks, said);
      await aRound(dns);
      assert.equal(await answers(), "127.0.0.3", `DNS says ${String(said)}`);
    }

    dns.say(tasks, ["127.0.0.3"]);
    core.first = { routes: bundle.routes, endpoints: at("127.0.0.4"), names };
    await core.open();
    await until("core's endpoint answers again", async () => (await answers()) === "127.0.0.4");
    await sleep(1_000);
    assert.equal(await answers(), "127.0.0.4");
    assert.equal((await agent.identity())?.pid, before?.pid);
    assert.equal(agent.transcript().match(/Endpoints come from Docker's DNS/g)?.length, 1, agent.transcript());
    assert.equal(agent.transcript().match(/Core sees again, DNS is asked no more/g)?.length, 1);
    assert.deepEqual([...new Set(core.outcomes.map(({ trouble }) => trouble))], [undefined]);
  },
);

test("core silent although the stream stands: endpoints follow DNS, until it is heard again", { skip }, async () => {
  await using on = await ground();
  const { core, dns, answers } = on;
  dns.say(tasks, ["127.0.0.2"]);
  await core.open();
  await using agent = on.start();
  await until("core's endpoint answers", async () => (await answers()) === "127.0.0.1");

  core.beats = false;
  await until("the endpoint of DNS answers", async () => (await answers()) === "127.0.0.2");
  core.beats = true;
  await until("core's endpoint answers again", async () => (await answers()) === "127.0.0.1");

  assert.equal(core.followers.length, 1, agent.transcript());
});

test(
  "core blind: endpoints follow DNS although it is heard, and what it offers meanwhile is served",
  { skip },
  async () => {
    await using on = await ground();
    const { core, dns, answers, at, names } = on;
    dns.say(tasks, ["127.0.0.2"]);
    await core.open();
    await using agent = on.start();
    await until("core's endpoint answers", async () => (await answers()) === "127.0.0.1");

    core.blind = true;
    core.beat();
    await until("the endpoint of DNS answers", async () => (await answers()) === "127.0.0.2");
    core.offer({ endpoints: at("127.0.0.4"), names });
    await core.outcome(1);
    await aRound(dns);
    assert.equal(await answers(), "127.0.0.2");

    core.blind = false;
    core.beat();
    await until("core's endpoint answers again", async () => (await answers()) === "127.0.0.4");
    assert.equal(core.followers.length, 1, agent.transcript());
  },
);

test(
  "a proxy that starts again without core serves what it had, DNS included, and goes on asking DNS",
  { skip },
  async () => {
    await using on = await ground();
    const { core, dns, answers } = on;
    dns.say(tasks, ["127.0.0.2"]);
    await core.open();
    await using agent = on.start();
    await until("core's endpoint answers", async () => (await answers()) === "127.0.0.1");
    await core.close();
    await until("the endpoint of DNS answers", async () => (await answers()) === "127.0.0.2");
    // What is served is kept within a second.
    await sleep(1_500);
    dns.say(tasks, "silence");
    await agent.kill();

    await using again = on.start({ folder: agent.folder });
    await until("it serves", async () => (await answers()) === "127.0.0.2");
    dns.say(tasks, ["127.0.0.3"]);
    await until("the endpoint of DNS answers", async () => (await answers()) === "127.0.0.3");
    // It waits a while for what core may have to say of certificates.
    await until("it is healthy", () => again.healthy(), 15_000);
  },
);

test(
  "on the classic road, too, and what DNS said stays when core is back: its endpoints come with the next docker config",
  { skip },
  async () => {
    await using on = await ground();
    const { core, dns, answers, at, names, bundle } = on;
    dns.say(tasks, ["127.0.0.2"]);
    const printed = { nginxConf: bundle.nginxConf, routes: bundle.routes, endpoints: at("127.0.0.1"), names };
    await using agent = on.start({ classic: true, printed: { text: print({ ...printed, certificates: new Map() }) } });
    await until("the endpoint of DNS answers", async () => (await answers()) === "127.0.0.2");

    core.first = { whole: false };
    await core.open();
    await core.outcome(0);
    await until("core is heard", () => agent.transcript().includes("Core sees again"));
    dns.say(tasks, ["127.0.0.3"]);
    await sleep(1_500);

    assert.equal(await answers(), "127.0.0.2");
  },
);
