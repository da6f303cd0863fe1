import assert from "node:assert/strict";
import { Agent } from "node:http";
import { after, before, test } from "node:test";
import { type Ask, ask, askApp, say } from "./client.ts";
import { type Nginx, startNginx } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { startUpstream } from "./upstream.ts";

describeNginx("redirects", () => {
  const running = new AsyncDisposableStack();
  let nginx: Nginx;

  before(async () => {
    const app = running.use(await startUpstream("web"));
    nginx = running.use(
      await startNginx(
        {
          publicHttpsPort: 8443,
          routes: [
            // As the labels of a host that has moved say it: nothing is served there.
            { host: "old.example", upstream: "", redirect: { http: "http://new.example" } },
            { host: "app.example", upstream: "web", redirect: { http: "https://app.example:8443" } },
            { host: "only.example", upstream: "web", httpsOnly: true },
            { host: "both.example", upstream: "web", httpsOnly: true, redirect: { http: "http://new.example" } },
            { host: "back.example", upstream: "web", redirect: { https: "http://back.example:8080" } },
            { host: "idle.example", upstream: "idle", redirect: { http: "http://new.example" } },
            { host: "paths.example", upstream: "web" },
            { host: "paths.example", path: "/old", upstream: "web", redirect: { http: "http://new.example" } },
            { host: "paths.example", path: "/safe", upstream: "web", strip: true, httpsOnly: true },
            { host: "*", upstream: "web", httpsOnly: true },
          ],
        },
        { web: [app.port], idle: [] },
      ),
    );
  });
  after(() => running.disposeAsync());

  /** Status and address a client is sent to. */
  async function sent(what: Ask): Promise<readonly [number, string | undefined]> {
    const { status, headers } = await ask(nginx.port, what);
    return [status, headers.location];
  }

  for (const path of ["/", "/a/b?c=d&e=%2F", "/a%2Fb%20c", "/a//b/./c?", "//evil.example/x", "/%E2%9C%93#f"]) {
    test(`a host that has moved answers 302, and the request URI is kept: ${path}`, async () => {
      assert.deepEqual(await sent({ host: "old.example", path }), [302, `http://new.example${path}`]);
    });
  }

  test("a HEAD and a POST with a body are answered so too", async () => {
    const agent = new Agent({ keepAlive: true });
    const head = await sent({ host: "old.example", path: "/x", method: "HEAD", agent });
    const post = await sent({ host: "old.example", path: "/x?y", method: "POST", body: "x".repeat(300_000), agent });
    agent.destroy();

    assert.deepEqual(head, [302, "http://new.example/x"]);
    assert.deepEqual(post, [302, "http://new.example/x?y"]);
  });

  test("nobody remembers it: the owner may change the label", async () => {
    const { headers } = await ask(nginx.port, { host: "old.example" });

    assert.equal(headers["cache-control"], "no-cache");
    assert.equal(headers.connection, "close");
    assert.ok(headers["x-request-id"]);
  });

  test("a request whose address has no path is sent to the root", async () => {
    const answer = await say(nginx.port, "GET http://old.example?x HTTP/1.1\r\nHost: old.example\r\n\r\n");

    assert.match(answer, /\r\nLocation: http:\/\/new\.example\/\?x\r\n/);
  });

  test("the same host over HTTPS is served, so from HTTP to HTTPS there is no loop", async () => {
    const plain = await sent({ path: "/x?y" });
    const behindLoadBalancer = await askApp(nginx.port, { path: "/x?y", headers: { "x-forwarded-proto": "https" } });

    assert.deepEqual(plain, [302, "https://app.example:8443/x?y"]);
    assert.deepEqual([behindLoadBalancer.name, behindLoadBalancer.url], ["web", "/x?y"]);
  });

  test("from HTTPS to HTTP likewise", async () => {
    const secure = await sent({ host: "back.example", path: "/x", headers: { "x-forwarded-proto": "https" } });
    const plain = await askApp(nginx.port, { host: "back.example", path: "/x" });

    assert.deepEqual([secure, plain.url], [[302, "http://back.example:8080/x"], "/x"]);
  });

  test("a host that has moved has nothing over the other scheme", async () => {
    const { status, body } = await ask(nginx.port, { host: "old.example", headers: { "x-forwarded-proto": "https" } });

    assert.equal(status, 503);
    assert.match(body, /No application is published/);
  });

  test("a redirect needs nobody to run", async () => {
    assert.deepEqual(await sent({ host: "idle.example" }), [302, "http://new.example/"]);
  });

  test("a redirect of one path leaves the others alone", async () => {
    const old = await sent({ host: "paths.example", path: "/old/x" });
    const other = await askApp(nginx.port, { host: "paths.example", path: "/older" });

    assert.deepEqual([old, other.url], [[302, "http://new.example/old/x"], "/older"]);
  });

  test("ssl_only sends plain HTTP to the port where clients reach HTTPS, whatever port they came by", async () => {
    for (const host of ["only.example", "only.example:8080", "ONLY.example"]) {
      assert.deepEqual(await sent({ host, path: "/a%2Fb?c" }), [301, "https://only.example:8443/a%2Fb?c"]);
    }
    const { headers } = await ask(nginx.port, { host: "only.example" });
    assert.equal(headers["cache-control"], "max-age=60");
  });

  test("the usual port is not named", async () => {
    const routes = [{ host: "only.example", upstream: "web", httpsOnly: true }] as const;
    await using usual = await startNginx({ routes, publicHttpsPort: 443 });

    const { headers } = await ask(usual.port, { host: "only.example", path: "/x" });

    assert.equal(headers.location, "https://only.example/x");
  });

  for (const [said, status] of [
    ["https", 200],
    ["HTTPS", 200],
    ["https, http", 200],
    ["http, https", 301],
    ["httpsx", 301],
    ["http", 301],
    ["", 301],
  ] as const) {
    test(`ssl_only behind a load balancer that says X-Forwarded-Proto: "${said}" answers ${status}`, async () => {
      const answer = await ask(nginx.port, { host: "only.example", headers: { "x-forwarded-proto": said } });

      assert.equal(answer.status, status);
    });
  }

  test("a redirect counts before ssl_only", async () => {
    assert.deepEqual(await sent({ host: "both.example", path: "/x" }), [302, "http://new.example/x"]);
  });

  test("ssl_only counts before a rewrite, which then sees the whole path", async () => {
    const plain = await sent({ host: "paths.example", path: "/safe" });
    const secure = await askApp(nginx.port, {
      host: "paths.example",
      path: "/safe/x",
      headers: { "x-forwarded-proto": "https" },
    });

    assert.deepEqual([plain, secure.url], [[301, "https://paths.example:8443/safe"], "/x"]);
  });

  test("ssl_only of a default backend sends each host to itself, and a request without one nowhere", async () => {
    const stranger = await sent({ host: "stranger.example", path: "/x" });
    const nameless = await say(nginx.port, "GET /x HTTP/1.0\r\n\r\n");

    assert.deepEqual(stranger, [301, "https://stranger.example:8443/x"]);
    assert.match(nameless, /^HTTP\/1\.1 503 /);
  });

  test("while draining, clients are sent on as ever", async () => {
    await nginx.control("POST", "/drain", { seconds: 30 });
    const { status, headers } = await ask(nginx.port, { host: "old.example", path: "/x" });
    await nginx.control("POST", "/drain", { seconds: 0 });

    assert.deepEqual([status, headers.location, headers.connection], [302, "http://new.example/x", "close"]);
  });

  test("the operator's own error pages count wherever a request went", async () => {
    await using app = await startUpstream("web", (_seen, response) => {
      response.writeHead(404).end("no");
      return true;
    });
    const httpOptions = ["proxy_intercept_errors on;", "error_page 404 =302 https://help.example/;"];
    const routes = [
      { host: "app.example", upstream: "web" },
      { host: "app.example", path: "/app", upstream: "web", strip: true },
    ] as const;
    await using intercepting = await startNginx({ routes, settings: { httpOptions } }, { web: [app.port] });

    for (const path of ["/x", "/app/x"]) {
      const { status, headers } = await ask(intercepting.port, { path });
      assert.deepEqual([status, headers.location], [302, "https://help.example/"]);
    }
  });
});
