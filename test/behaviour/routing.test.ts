import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ask, askApp, say } from "./client.ts";
import { type Nginx, startNginx } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

describeNginx("nginx routes by host and path", () => {
  const apps = new AsyncDisposableStack();
  let nginx: Nginx;

  before(async () => {
    const started = await Promise.all(["web", "api", "deep", "other"].map((name) => startUpstream(name)));
    const [web, api, deep, other] = started.map((app: Upstream) => apps.use(app).port);
    nginx = apps.use(
      await startNginx(
        {
          routes: [
            { host: "app.example", upstream: "web" },
            { host: "alias.example", upstream: "web" },
            { host: "app.example", path: "/api", upstream: "api" },
            { host: "app.example", path: "/api/deep/", upstream: "deep" },
            { host: "only.example", path: "/here", upstream: "other" },
            { host: "idle.example", upstream: "idle" },
            { host: "lost.example", upstream: "never-heard-of" },
          ],
        },
        { web: [web ?? 0], api: [api ?? 0], deep: [deep ?? 0], other: [other ?? 0], idle: [] },
      ),
    );
  });
  after(() => apps.disposeAsync());

  for (const host of ["app.example", "alias.example", "App.EXAMPLE", "app.example:8080", "app.example."]) {
    test(`Host ${host} reaches its application`, async () => {
      const seen = await askApp(nginx.port, { host });

      assert.equal(seen.name, "web");
      assert.equal(seen.headers["host"], host);
    });
  }

  for (const [path, name] of [
    ["/", "web"],
    ["/api", "api"],
    ["/api/", "api"],
    ["/api/users?x=/api/deep", "api"],
    ["/api/deep", "deep"],
    ["/api/deep/er", "deep"],
    ["/api/deeper", "api"],
    ["/apis", "web"],
    ["/API", "web"],
    ["/x/api", "web"],
    ["/%61pi/x", "api"],
  ] as const) {
    test(`path ${path} reaches ${name}, unchanged`, async () => {
      const seen = await askApp(nginx.port, { path });

      assert.equal(seen.name, name);
      assert.equal(seen.url, path);
    });
  }

  test("a host nobody published gets our 503 page, which tells nothing", async () => {
    const { status, headers, body } = await ask(nginx.port, { host: "nobody.example" });

    assert.equal(status, 503);
    assert.equal(headers["content-type"], "text/html");
    assert.equal(headers["cache-control"], "no-store");
    assert.match(body, /No application is published at this address\./);
    assert.doesNotMatch(JSON.stringify(headers) + body, /upstream|127\.0\.0\.1|nginx\/|interlock/);
  });

  test("so does a path nobody published, and a request without any host", async () => {
    const path = await ask(nginx.port, { host: "only.example", path: "/there" });
    const none = await say(nginx.port, "GET / HTTP/1.0\r\n\r\n");

    assert.match(path.body, /No application is published/);
    assert.match(none, /^HTTP\/1\.1 503 [^]*No application is published/);
  });

  for (const host of ["idle.example", "lost.example"]) {
    test(`a known host with nothing behind it (${host}) says so in another sentence`, async () => {
      const { status, body } = await ask(nginx.port, { host });

      assert.equal(status, 503);
      assert.match(body, /The application at this address is not running at the moment\./);
    });
  }

  test("a HEAD and a POST with a body get the same page", async () => {
    const head = await ask(nginx.port, { host: "nobody.example", method: "HEAD" });
    const post = await ask(nginx.port, { host: "nobody.example", method: "POST", body: "x".repeat(100_000) });

    assert.deepEqual([head.status, head.body, post.status], [503, "", 503]);
  });

  test("with a default backend, every host and path without a route of its own reaches it", async () => {
    await nginx.set([["h:*", [{ path: "/", upstream: "other", profile: "default" }]]]);

    const stranger = await askApp(nginx.port, { host: "nobody.example" });
    const nameless = await say(nginx.port, "GET / HTTP/1.0\r\n\r\n");
    const known = await askApp(nginx.port);
    await nginx.set([], ["h:*"]);
    const afterwards = await ask(nginx.port, { host: "nobody.example" });

    assert.deepEqual([stranger.name, known.name, afterwards.status], ["other", "web", 503]);
    assert.match(nameless, /"name":"other"/);
  });

  test("requests go round the endpoints in turn", async () => {
    await using one = await startUpstream("one");
    await using two = await startUpstream("two");
    await using three = await startUpstream("three");
    await nginx.set([
      ["u:round", [one, two, three].map(({ port }) => ["127.0.0.1", port])],
      ["h:round.example", [{ path: "/", upstream: "round", profile: "default" }]],
    ]);

    for (let i = 0; i < 30; i++) await askApp(nginx.port, { host: "round.example" });

    assert.deepEqual(
      [one, two, three].map(({ seen }) => seen.length),
      [10, 10, 10],
    );
  });

  test("/nginx_status answers operators on the same machine", async () => {
    const { status, body } = await ask(nginx.port, { path: "/nginx_status" });

    assert.equal(status, 200);
    assert.match(body, /^Active connections: \d+/);
  });
});
