/**
 * The balancer does what sites' load balancers do: a test that goes through it must not pass or fail because of it.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { until } from "../e2e/swarm.ts";
import { startBalancer } from "./balancer.ts";
import type { Door } from "./load/plan.ts";

type Proxy = { readonly door: Door; health: number; stop(): void };

async function startProxy(name: string): Promise<Proxy> {
  const server = createServer((request, response) => {
    if (request.url === "/_interlock/health") response.writeHead(proxy.health).end();
    else response.end(name);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const proxy: Proxy = {
    door: { address: "127.0.0.1", port, tlsPort: port },
    health: 200,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return proxy;
}

async function ask({ address, port }: Door, agent: Agent | false = false): Promise<string> {
  return await new Promise((resolve, reject) => {
    get({ host: address, port, agent }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve(text));
    }).on("error", reject);
  });
}

test("new connections go in turn to the proxies that say they are well; others keep what they have", async () => {
  const [a, b] = [await startProxy("a"), await startProxy("b")];
  await using balancer = await startBalancer([a.door, b.door]);
  const kept = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const names = [];
    for (let n = 0; n < 4; n += 1) names.push(await ask(balancer.door));
    assert.deepEqual(names.toSorted(), ["a", "a", "b", "b"]);
    const mine = await ask(balancer.door, kept);

    const [leaving, staying] = mine === "a" ? [a, b] : [b, a];
    leaving.health = 503;
    await until("it to be out", 5_000, async () => balancer.healthy().length === 1);

    for (let n = 0; n < 4; n += 1) assert.equal(await ask(balancer.door), mine === "a" ? "b" : "a");
    assert.equal(await ask(balancer.door, kept), mine, "an established connection stays where it is");
    leaving.health = 200;
    await until("it to be back", 5_000, async () => balancer.healthy().length === 2);
    assert.ok(balancer.healthy().includes(staying.door));
  } finally {
    kept.destroy();
    a.stop();
    b.stop();
  }
});

test("a proxy that refuses connections costs none: the next one gets it at once", async () => {
  const [a, b] = [await startProxy("a"), await startProxy("b")];
  await using balancer = await startBalancer([a.door, b.door]);
  try {
    a.stop();
    for (let n = 0; n < 4; n += 1) assert.equal(await ask(balancer.door), "b");
  } finally {
    b.stop();
  }
});
