/**
 * The documented ways to publish an application, with their commands: hosts, paths, redirects, stickiness, websockets, canary, default
 * service. Source: the usage scenarios of the original (4.2, 4.10 to 4.12, 4.15 to 4.17).
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { answerer, createApp, curl, enabledSwarm, type Entrance } from "./enabled.ts";
import { labReason, sh, statusOf, theLab, until } from "./swarm.ts";

const limitMs = 60_000;

void test("applications are published by labels", { skip: labReason }, async (t) => {
  const lab = await theLab();
  let at: Entrance = { address: "", port: 0, sslPort: 0 };
  before(async () => {
    at = await enabledSwarm(lab);
  });
  const becomes = async (host: string, path: string, answer: string): Promise<void> => {
    await until(`${host}${path} to be answered by ${answer}`, limitMs, async () => {
      const found = await answerer(lab, at, host, path);
      if (found !== answer) throw new Error(found);
      return true;
    });
  };

  await t.test("a service on an overlay network, without a published port", async () => {
    await sh(
      lab,
      `docker service create --quiet --detach --name demo --network demo --label com.docker.lb.hosts=demo.local --label com.docker.lb.port=8080 --env METADATA=demo interlock/demo-app:dev`,
    );
    await becomes("demo.local", "/ping", "demo");
  });

  await t.test("docker service scale: every task answers", async () => {
    await sh(lab, "docker service scale --detach demo=4");
    await until("four tasks to answer", limitMs, async () => (await instances("demo.local", 24)).size === 4);
    await sh(lab, "docker service scale --detach demo=1");
  });

  await t.test("two services with different paths on one host, and a service with two paths", async () => {
    await createApp(lab, "front", { "com.docker.lb.hosts": "shop.local" });
    await createApp(lab, "cart", {
      "com.docker.lb.hosts": "shop.local",
      "com.docker.lb.context_root": "/cart,/checkout",
    });
    await becomes("shop.local", "/ping", "front");
    await until("the paths to be routed", limitMs, async () =>
      (await curl(lab, `-H 'Host: shop.local' http://${at.address}:${at.port}/cart/x`)).includes("GET /cart/x"),
    );
    for (const path of ["/cart", "/cart/items", "/checkout/now"])
      assert.match(await metadataAt("shop.local", path), /cart/, path);
    assert.match(await metadataAt("shop.local", "/cartoon"), /front/);
  });

  await t.test("context_root with context_root_rewrite: the application sees the path without it", async () => {
    await createApp(lab, "rewritten", {
      "com.docker.lb.hosts": "path.local",
      "com.docker.lb.context_root": "/app",
      "com.docker.lb.context_root_rewrite": "true",
    });
    await becomes("path.local", "/app/ping", "rewritten");
    assert.match(
      await curl(lab, `-H 'Host: path.local' 'http://${at.address}:${at.port}/app/deep/er?x=1'`),
      /GET \/deep\/er\?x=1/,
    );
    assert.equal(await answerer(lab, at, "path.local", "/other"), "503");
  });

  await t.test("redirects: curl gets 302 with the request URI kept", async () => {
    await createApp(lab, "moved", {
      "com.docker.lb.hosts": "old.local,new.local",
      "com.docker.lb.redirects": "http://old.local,http://new.local",
    });
    await becomes("new.local", "/ping", "moved");
    const head = await curl(lab, `-i -H 'Host: old.local' 'http://${at.address}:${at.port}/a/b?c=d'`);
    assert.match(head, /^HTTP\/1\.1 302 /);
    assert.match(head, /^location: http:\/\/new\.local\/a\/b\?c=d\r?$/im);
  });

  await t.test("sticky_session_cookie: the same task while the cookie is sent", async () => {
    await createApp(
      lab,
      "sticky",
      { "com.docker.lb.hosts": "sticky.local", "com.docker.lb.sticky_session_cookie": "session" },
      { replicas: 4 },
    );
    await until("all tasks to answer", limitMs, async () => (await instances("sticky.local", 24)).size === 4);
    for (const value of ["alice", "bob", "carol"])
      assert.equal((await instances("sticky.local", 10, `-b session=${value}`)).size, 1, value);
    assert.equal((await instances("sticky.local", 24)).size, 4);
  });

  await t.test("ip_hash: the same task for one client", async () => {
    await sh(
      lab,
      "docker service update --quiet --detach --label-rm com.docker.lb.sticky_session_cookie --label-add com.docker.lb.ip_hash=true sticky",
    );
    await until("one task to answer", limitMs, async () => (await instances("sticky.local", 20)).size === 1);
  });

  await t.test("websocket_endpoints: a websocket echoes", async () => {
    await createApp(lab, "chat", { "com.docker.lb.hosts": "chat.local", "com.docker.lb.websocket_endpoints": "/ws" });
    await becomes("chat.local", "/ping", "chat");
    const head = await curl(
      lab,
      `-i -N --max-time 2 -H 'Host: chat.local' -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' http://${at.address}:${at.port}/ws | head -c 400 | tr -d '\\000'`,
    );
    assert.match(head, /^HTTP\/1\.1 101 /);
    assert.match(head, /s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/);
  });

  await t.test("canary: requests go to two versions in proportion to their tasks, and follow scaling", async () => {
    await createApp(lab, "demo-v1", { "com.docker.lb.hosts": "canary.local" }, { replicas: 4 });
    await createApp(lab, "demo-v2", { "com.docker.lb.hosts": "canary.local" }, { replicas: 1 });
    await until("five tasks to answer", limitMs, async () => (await instances("canary.local", 30)).size === 5);
    const answers = await metadata("canary.local", 50);
    assert.equal(answers.filter((each) => each === "demo-v2").length, 10, "a fifth of the requests");
    await sh(lab, "docker service scale --detach demo-v2=4 && docker service scale --detach demo-v1=0");
    await until("only the new version to answer", limitMs, async () => {
      const now = await metadata("canary.local", 16);
      return now.every((each) => each === "demo-v2") && (await instances("canary.local", 24)).size === 4;
    });
    const { problems } = await statusOf(lab);
    assert.ok(
      problems.some(({ code, service }) => code === "HOST_SHARED" && service === "demo-v2"),
      "status says that the host is shared",
    );
  });

  await t.test("max_fails and fail_timeout are taken", async () => {
    await createApp(lab, "patient", {
      "com.docker.lb.hosts": "patient.local",
      "com.docker.lb.max_fails": "3",
      "com.docker.lb.fail_timeout": "2s",
    });
    await becomes("patient.local", "/ping", "patient");
  });

  await t.test("an unknown host gets 503, and the default service once there is one", async () => {
    assert.equal(await answerer(lab, at, "nobody.local"), "503");
    await sh(
      lab,
      "docker service create --quiet --detach --name fallback --network demo --label com.docker.lb.default_backend=true --label com.docker.lb.port=8080 --env METADATA=fallback interlock/demo-app:dev",
    );
    await becomes("nobody.local", "/ping", "fallback");
    await sh(lab, "docker service rm fallback");
    await becomes("nobody.local", "/ping", "503");
  });

  await t.test("a misspelt label is named, with the label that was meant, and hurts nobody else", async () => {
    await createApp(lab, "typo", { "com.docker.lb.hosts": "typo.local", "com.docker.lb.contxt_root": "/x" });
    await becomes("typo.local", "/ping", "typo");
    const { problems } = await statusOf(lab);
    const found = problems.find(({ service }) => service === "typo");
    assert.match(found?.remedy ?? "", /com\.docker\.lb\.context_root/);
    assert.equal(await answerer(lab, at, "demo.local"), "demo");
  });

  async function pings(host: string, count: number, more = ""): Promise<readonly Record<string, string>[]> {
    const text = await sh(
      lab,
      `for i in $(seq ${count}); do curl -s --max-time 10 ${more} -H 'Host: ${host}' http://${at.address}:${at.port}/ping || true; done`,
    );
    return text
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Record<string, string>);
  }
  async function instances(host: string, count: number, more = ""): Promise<ReadonlySet<string>> {
    return new Set((await pings(host, count, more)).map((answer) => answer["instance"] ?? ""));
  }
  async function metadata(host: string, count: number): Promise<readonly string[]> {
    return (await pings(host, count)).map((answer) => answer["metadata"] ?? "");
  }
  /** The page says what METADATA is, also at paths that are not `/ping`. */
  async function metadataAt(host: string, path: string): Promise<string> {
    return await curl(lab, `-H 'Host: ${host}' http://${at.address}:${at.port}${path}`);
  }
});
