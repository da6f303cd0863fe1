import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ask, askApp, say } from "./client.ts";
import { type Nginx, startNginx } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

const infoHeaders = ["x-request-id", "x-proxy-id", "x-server-info", "x-upstream-addr", "x-upstream-response-time"];

describeNginx("nginx tells both sides what they need to know", () => {
  const running = new AsyncDisposableStack();
  let app: Upstream;
  let nginx: Nginx;

  before(async () => {
    app = running.use(
      await startUpstream("web", ({ url }, response) => {
        if (url !== "/fails") return false;
        response.writeHead(503, { "content-type": "text/plain" }).end("the application's own words");
        return true;
      }),
    );
    nginx = running.use(await startNginx({ routes: [{ host: "app.example", upstream: "web" }] }, { web: [app.port] }));
  });
  after(() => running.disposeAsync());

  test("the application sees who asked, how, and for what", async () => {
    const { headers } = await askApp(nginx.port, { host: "app.example:8080" });

    assert.equal(headers["host"], "app.example:8080");
    assert.equal(headers["x-real-ip"], "127.0.0.1");
    assert.equal(headers["x-forwarded-for"], "127.0.0.1");
    assert.equal(headers["x-forwarded-proto"], "http");
    assert.equal(headers["x-forwarded-host"], "app.example:8080");
    assert.equal(headers["x-forwarded-port"], String(nginx.port));
    assert.match(headers["x-request-id"] ?? "", /^[0-9a-f]{32}$/);
    assert.equal(headers["connection"], undefined);
    assert.equal(headers["upgrade"], undefined);
  });

  test("what a client claims is appended to or overwritten", async () => {
    const { headers } = await askApp(nginx.port, {
      headers: {
        "x-forwarded-for": "203.0.113.7",
        "x-real-ip": "203.0.113.7",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "evil.example",
        "x-forwarded-port": "1",
        connection: "keep-alive, x-real-ip",
        upgrade: "h2c",
      },
    });

    assert.equal(headers["x-forwarded-for"], "203.0.113.7, 127.0.0.1");
    assert.equal(headers["x-real-ip"], "127.0.0.1");
    assert.equal(headers["x-forwarded-proto"], "http");
    assert.equal(headers["x-forwarded-host"], "app.example");
    assert.equal(headers["x-forwarded-port"], String(nginx.port));
    assert.equal(headers["upgrade"], undefined);
  });

  for (const [what, request, told] of [
    ["another Host", "GET http://app.example/x HTTP/1.1\r\nHost: evil.example\r\nConnection: close", "app.example"],
    ["no Host", "GET http://App.Example HTTP/1.0", "app.example"],
    ["its own Host", "GET http://app.example/ HTTP/1.1\r\nHost: App.example:81\r\nConnection: close", "App.example:81"],
  ] as const) {
    test(`a request line with a host and ${what}: the application is told what the request was routed by`, async () => {
      const answer = await say(nginx.port, `${request}\r\n\r\n`);

      assert.match(answer, new RegExp(`"host":"${told}".*"x-forwarded-host":"${told}"`));
    });
  }

  test("what is no port behind the host does not reach the application", async () => {
    const { headers } = await askApp(nginx.port, { host: 'app.example:80@evil"' });

    assert.deepEqual([headers["host"], headers["x-forwarded-host"]], ["app.example", "app.example"]);
  });

  test("a request id of the client's is kept when it is a plain word, and replaced otherwise", async () => {
    const kept = await ask(nginx.port, { headers: { "x-request-id": "build-42.a_b" } });
    const replaced = await ask(nginx.port, { headers: { "x-request-id": 'x" injected="1' } });

    assert.equal(kept.headers["x-request-id"], "build-42.a_b");
    assert.match(kept.body, /"x-request-id":"build-42\.a_b"/);
    assert.match(String(replaced.headers["x-request-id"]), /^[0-9a-f]{32}$/);
  });

  test("requests without an id get one each, and the application is told the same as the client", async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, async () => await ask(nginx.port)));

    const ids = answers.map(({ headers }) => String(headers["x-request-id"]));
    assert.equal(new Set(ids).size, 200);
    for (const [at, { body }] of answers.entries()) assert.ok(body.includes(`"x-request-id":"${ids[at]}"`));
  });

  test("the client sees the five info headers", async () => {
    const { headers } = await ask(nginx.port);

    assert.match(String(headers["x-request-id"]), /^[0-9a-f]{32}$/);
    assert.ok(headers["x-proxy-id"]);
    assert.match(String(headers["x-server-info"]), /^interlock\/\d+\.\d+\.\d+ \(.+\) linux$/);
    assert.equal(headers["x-upstream-addr"], `127.0.0.1:${app.port}`);
    assert.match(String(headers["x-upstream-response-time"]), /^\d+\.\d{3}$/);
    assert.equal(headers["server"], "nginx");
  });

  test("an application's own 503 passes as it is", async () => {
    const { status, body } = await ask(nginx.port, { path: "/fails" });

    assert.deepEqual([status, body], [503, "the application's own words"]);
    assert.equal(app.seen.filter(({ url }) => url === "/fails").length, 1);
  });

  test("HideInfoHeaders leaves them out, and the application still gets its request id", async () => {
    const sketch = { routes: [{ host: "app.example", upstream: "web" }], settings: { hideInfoHeaders: true } };
    await using hiding = await startNginx(sketch, { web: [app.port] });

    const { headers, body } = await ask(hiding.port);

    assert.deepEqual(
      infoHeaders.filter((name) => name in headers),
      [],
    );
    assert.match(body, /"x-request-id":"[0-9a-f]{32}"/);
  });

  test("TLS handshakes are refused while there are no certificates", async () => {
    assert.equal(await say(nginx.httpsPort, "not a handshake\r\n\r\n").then((text) => /200 OK/.test(text)), false);
  });
});
