/**
 * Rolls of services without a health check: Swarm calls a task running before its application listens, and stops the old one at once.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { StructureSketch } from "../golden/structure.ts";
import { until } from "./agent-harness.ts";
import { selfSigned } from "./authority.ts";
import { ask, askApp, say } from "./client.ts";
import { type EndpointSketch, freePort, logged, type Nginx, startNginx, upstreamEntries } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { startUpstream } from "./upstream.ts";

const routes = [{ host: "app.example", upstream: "web" }];

/** An nginx whose upstream has just got these endpoints, of which it had none before. */
async function rolled(sketch: StructureSketch, endpoints: EndpointSketch): Promise<Nginx> {
  const nginx = await startNginx(sketch, Object.fromEntries(Object.keys(endpoints).map((name) => [name, []])));
  await nginx.set(upstreamEntries(endpoints));
  return nginx;
}

/** True when it is still open after a while. */
async function waits(request: Promise<unknown>): Promise<boolean> {
  return (await Promise.race([request.catch(() => {}), sleep(400, "waits")])) === "waits";
}

describeNginx("endpoints that just entered and do not listen yet", () => {
  test("requests wait, whatever their method, and reach the application once, whole, as soon as it listens", async () => {
    const [port, never] = [await freePort(), await freePort()];
    await using nginx = await rolled({ routes }, { web: [port, never] });
    const body = "x".repeat(300_000);

    const asked = Promise.all([
      askApp(nginx.port, { method: "POST", path: "/pay?now", body }),
      askApp(nginx.port, { method: "PATCH", path: "/a%20b//c", body: "small" }),
      ask(nginx.port, { method: "HEAD" }),
      ...Array.from({ length: 20 }, (_, i) => askApp(nginx.port, { path: `/${i}` })),
    ]);
    assert.ok(await waits(asked));
    await using app = await startUpstream("web", undefined, port);
    const [post, patch, head] = await asked;

    assert.deepEqual([post.method, post.url, post.body.length], ["POST", "/pay?now", body.length]);
    assert.deepEqual([patch.method, patch.url, patch.body], ["PATCH", "/a%20b//c", "small"]);
    assert.equal(head.status, 200);
    assert.equal(app.seen.length, 23);
  });

  test("who waits is sent to an endpoint that enters meanwhile", async () => {
    await using app = await startUpstream("web");
    await using nginx = await rolled({ routes }, { web: [await freePort()] });

    const asked = ask(nginx.port);
    assert.ok(await waits(asked));
    await nginx.set(upstreamEntries({ web: [app.port] }));

    assert.equal((await asked).status, 200);
  });

  test("who waits for endpoints that leave, with nothing in their place, is told that nothing runs", async () => {
    await using nginx = await rolled({ routes }, { web: [await freePort()] });

    const asked = ask(nginx.port);
    assert.ok(await waits(asked));
    await nginx.set(upstreamEntries({ web: [] }));

    assert.equal((await asked).status, 503);
  });

  test("a websocket, a path that is stripped, sticky clients, TLS to the application, a draining proxy and labels of failures: all wait", async () => {
    const [port, tlsPort] = [await freePort(), await freePort()];
    await using nginx = await rolled(
      {
        routes: [
          { host: "127.0.0.1", upstream: "web" },
          { host: "below.example", path: "/app", strip: true, upstream: "web" },
          { host: "sticky.example", upstream: "web", sticky: { kind: "cookie", name: "s" } },
          { host: "tls.example", upstream: "secret", profile: "tls" },
          { host: "never.example", upstream: "never" },
        ],
      },
      { web: [port], secret: [tlsPort], never: [["127.0.0.1", port, 0, 10_000]] },
    );
    await nginx.control("POST", "/drain", { seconds: 60 });

    const socket = new WebSocket(`ws://127.0.0.1:${nginx.port}/chat`);
    const opened = once(socket, "open");
    const asked = Promise.all([
      askApp(nginx.port, { host: "below.example", path: "/app/x%20y" }),
      askApp(nginx.port, { host: "sticky.example", headers: { cookie: "s=1" } }),
      askApp(nginx.port, { host: "tls.example", method: "POST", body: "secret" }),
      askApp(nginx.port, { host: "never.example" }),
      ask(nginx.port, { host: "127.0.0.1", headers: { connection: "keep-alive" } }),
    ]);
    assert.ok(await waits(Promise.race([asked, opened])));
    await using app = await startUpstream("web", undefined, port);
    await using secret = await startUpstream("secret", undefined, tlsPort, selfSigned("tls.example"));
    await opened;
    const [below, sticky, tls, never, drained] = await asked;
    const answer = once(socket, "message");
    socket.send("hello");
    const [event] = (await answer) as [MessageEvent];
    socket.close();

    assert.equal(event.data, "hello");
    assert.deepEqual(
      [below.url, sticky.name, tls.name, tls.sni, tls.body, never.name],
      ["/x%20y", "web", "secret", "tls.example", "secret", "web"],
    );
    assert.deepEqual([drained.status, drained.headers.connection], [200, "close"]);
    assert.deepEqual([app.seen.length, secret.seen.length], [4, 1]);
  });

  test("its rest ends when it listens, also while nobody waits because another endpoint answers", async () => {
    const port = await freePort();
    await using app = await startUpstream("web");
    await using nginx = await rolled({ routes }, { web: [app.port, port] });
    for (let i = 0; i < 4; i++) assert.equal((await ask(nginx.port)).status, 200);
    const before = await nginx.identity();
    await sleep(400);

    await using late = await startUpstream("late", undefined, port);
    while ((await nginx.identity()).generation === before.generation) await sleep(25);
    for (let i = 0; i < 4; i++) await ask(nginx.port);

    assert.deepEqual([app.seen.length, late.seen.length], [6, 2]);
    assert.equal(nginx.transcript().match(/Connection refused/g)?.length, 1);
  });

  test("one that never listens is given up: after ten seconds the answer is 502, with one attempt in the logs", async () => {
    const port = await freePort();
    await using nginx = await rolled(
      { routes, settings: { mainLogFormat: `'"$request" $status [$upstream_addr] $request_time;'` } },
      { web: [port] },
    );

    const { status } = await ask(nginx.port);

    assert.equal(status, 502);
    // What nginx says of the refused connection names the request, too, and comes first.
    const line = /" (\d+) \[(.*)\] (.*);/;
    await logged(() => nginx.transcript(), line);
    const [, said, tried, took] = line.exec(nginx.transcript()) ?? [];
    assert.deepEqual([said, tried], ["502", `127.0.0.1:${port}`]);
    assert.ok(Number(took) > 9 && Number(took) < 14, took);
    assert.equal(nginx.transcript().match(/Connection refused/g)?.length, 1);
  });

  test("nobody waits for endpoints that were there when nginx got its first tables, nor for those that stay", async () => {
    const port = await freePort();
    await using nginx = await startNginx({ routes }, { web: [port] });

    const first = ask(nginx.port);
    assert.equal(await waits(first), false);
    await nginx.set(upstreamEntries({ web: [["127.0.0.1", port, 1, 5_000]] }));
    const changed = ask(nginx.port);
    assert.equal(await waits(changed), false);
    await nginx.set(upstreamEntries({ web: [port, await freePort()] }));
    const joined = ask(nginx.port);

    assert.ok(await waits(joined), "one that joined is waited for");
    assert.deepEqual([(await first).status, (await changed).status], [502, 502]);
  });

  test("a request that reached an application which then failed does not wait: it might be sent twice", async () => {
    await using cutting = await startUpstream("cutting", (_seen, _response, socket) => {
      socket.destroy();
      return true;
    });
    await using nginx = await rolled({ routes }, { web: [cutting.port, await freePort()] });

    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await ask(nginx.port, { method: "POST", body: "pay 100" })).status);

    assert.deepEqual(statuses, [502, 502, 502]);
    assert.equal(cutting.seen.length, 3);
  });

  test("an endpoint that opens and still takes no request is asked a few times, not in circles", async () => {
    const port = await freePort();
    // Takes connections, and speaks no TLS.
    await using nginx = await rolled(
      { routes: [{ host: "app.example", upstream: "web", profile: "tls" }] },
      { web: [port] },
    );
    const asked = ask(nginx.port);
    assert.ok(await waits(asked));
    await using app = await startUpstream("plain", undefined, port);

    assert.equal((await asked).status, 502);
    assert.equal(app.seen.length, 0);
  });

  test("a quarter of the connections may wait, others are answered at once; who gives up makes room", async () => {
    await using nginx = await rolled(
      { routes, settings: { workerProcesses: 1, maxConnections: 64 } },
      { web: [await freePort()] },
    );
    const clients = Array.from({ length: 20 }, () => connect(nginx.port, "127.0.0.1"));
    let answered = 0;
    for (const client of clients) {
      client.on("data", () => answered++);
      client.write("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n");
    }

    await until("four are answered", () => answered === 4);
    await sleep(400);
    const then = answered;
    for (const client of clients) client.destroy();

    assert.equal(then, 4);
    await until("there is room again", () => waits(ask(nginx.port)));
  });

  test("where bodies are passed on as they come, nobody waits", async () => {
    await using nginx = await rolled(
      { routes, settings: { httpOptions: ["proxy_request_buffering off;"] } },
      { web: [await freePort()] },
    );

    const asked = ask(nginx.port, { method: "POST", body: "x".repeat(100_000) });

    assert.equal(await waits(asked), false);
    assert.equal((await asked).status, 502);
  });

  test("a connection on which a request waited goes on to be used", async () => {
    const port = await freePort();
    await using nginx = await rolled({ routes }, { web: [port] });
    const request = (path: string, connection: string): string =>
      `GET ${path} HTTP/1.1\r\nHost: app.example\r\nConnection: ${connection}\r\n\r\n`;

    const said = say(nginx.port, request("/one", "keep-alive") + request("/two", "close"));
    assert.ok(await waits(said));
    await using app = await startUpstream("web", undefined, port);

    assert.equal((await said).match(/HTTP\/1.1 200 OK/g)?.length, 2);
    assert.deepEqual(
      app.seen.map(({ url }) => url),
      ["/one", "/two"],
    );
  });
});
