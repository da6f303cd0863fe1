import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { ask, askApp } from "./client.ts";
import { freePort, logged, type Nginx, startNginx } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { startUpstream } from "./upstream.ts";

const deep = "/a".repeat(300);

describeNginx("applications below paths of a host", () => {
  const running = new AsyncDisposableStack();
  let nginx: Nginx;

  before(async () => {
    const [web, app, api] = await Promise.all(["web", "app", "api"].map((name) => startUpstream(name)));
    for (const one of [web, app, api]) running.use(one);
    nginx = running.use(
      await startNginx(
        {
          routes: [
            { host: "app.example", upstream: "web" },
            // One service below several paths, rewritten below some of them only.
            { host: "app.example", path: "/api", upstream: "api" },
            { host: "app.example", path: "/v2/api", upstream: "api", strip: true },
            { host: "app.example", path: "/app", upstream: "app", strip: true },
            { host: "app.example", path: "/app/inner", upstream: "api", strip: true },
            { host: "app.example", path: "/caf\u00e9", upstream: "app", strip: true },
            { host: "app.example", path: "/half", upstream: "half", strip: true },
            { host: "app.example", path: "/stopped", upstream: "stopped", strip: true },
            { host: "127.0.0.1", path: "/app", upstream: "app", strip: true },
            { host: "root.example", upstream: "app", strip: true },
            { host: "deep.example", path: deep, upstream: "app", strip: true },
          ],
        },
        {
          web: [web?.port ?? 0],
          app: [app?.port ?? 0],
          api: [api?.port ?? 0],
          half: [await freePort(), app?.port ?? 0],
          stopped: [],
        },
      ),
    );
  });
  after(() => running.disposeAsync());

  for (const [path, name, url] of [
    ["/", "web", "/"],
    ["/application", "web", "/application"],
    ["/api/users", "api", "/api/users"],
    ["/v2/api/users", "api", "/users"],
    ["/v2/apis", "web", "/v2/apis"],
    ["/app/", "app", "/"],
    ["/app/x", "app", "/x"],
    ["/app/inner/x", "api", "/x"],
    ["/app/x/app/y", "app", "/x/app/y"],
    ["/app/x?next=/app/y&z", "app", "/x?next=/app/y&z"],
    ["/app/x?", "app", "/x?"],
    ["/app/app", "app", "/app"],
  ] as const) {
    test(`${path} reaches ${name} as ${url}`, async () => {
      const seen = await askApp(nginx.port, { path });

      assert.deepEqual([seen.name, seen.url], [name, url]);
    });
  }

  for (const [path, url] of [
    ["/app/a%2Fb", "/a%2Fb"],
    ["/app/a%20b+c", "/a%20b+c"],
    ["/app/%25%3F%23", "/%25%3F%23"],
    ["/app/caf%c3%a9", "/caf%c3%a9"],
    ["/app/.well-known/x", "/.well-known/x"],
    ["/app/%7Eme/(a);b=c,d", "/%7Eme/(a);b=c,d"],
    ["/%61pp/a%2Fb", "/a%2Fb"],
    ["/caf%C3%A9/a%2Fb", "/a%2Fb"],
    ["/caf%c3%a9/", "/"],
  ] as const) {
    test(`rewriting keeps what the client escaped: ${path} is seen as ${url}`, async () => {
      const seen = await askApp(nginx.port, { path });

      assert.deepEqual([seen.name, seen.url], ["app", url]);
    });
  }

  for (const [path, url] of [
    ["/app//x", "/x"],
    ["//app/x", "/x"],
    ["/app//evil.example/", "/evil.example/"],
    ["/app/./x", "/x"],
    ["/app/x/../y", "/y"],
    ["/other/../app/x?q=..", "/x?q=.."],
    ["/app/%2e%2e/app/x", "/x"],
    ["/app/a%2F..%2Fb%20c", "/b%20c"],
    ["/app/./a%3Fb%23c%25d%C3%A9?q", "/a%3Fb%23c%25d%C3%A9?q"],
    ["/app%2Fx", "/x"],
    ["/app/x/..", "/"],
    ["/app/x#y", "/x"],
  ] as const) {
    test(`where the client wrote dots or empty segments, the application sees what they come to: ${path}, ${url}`, async () => {
      const seen = await askApp(nginx.port, { path });

      assert.deepEqual([seen.name, seen.url], ["app", url]);
    });
  }

  test("dots lead out of a context root into the application that has the path, and never above all", async () => {
    const other = await askApp(nginx.port, { path: "/app/../other" });
    const escaped = await askApp(nginx.port, { path: "/app/%2e%2e/other" });
    const above = await ask(nginx.port, { path: "/app/../../x" });

    assert.deepEqual([other.name, escaped.name, above.status], ["web", "web", 400]);
  });

  test("the application still sees the client's Host, and its POST whole", async () => {
    const seen = await askApp(nginx.port, { path: "/app/form", method: "POST", body: "x".repeat(50_000) });

    assert.deepEqual([seen.method, seen.url, seen.body.length], ["POST", "/form", 50_000]);
    assert.equal(seen.headers["host"], "app.example");
  });

  for (const [path, location] of [
    ["/app", "/app/"],
    ["/app?q=a/b", "/app/?q=a/b"],
    ["//app", "/app/"],
    ["/app/inner", "/app/inner/"],
    ["/caf%C3%A9", "/caf%C3%A9/"],
    ["/%61pp", "/app/"],
  ] as const) {
    test(`a browser at the context root itself, ${path}, is sent to ${location}`, async () => {
      for (const method of ["GET", "HEAD"]) {
        const { status, headers } = await ask(nginx.port, { path, method, headers: { upgrade: "h2c" } });

        assert.deepEqual([status, headers.location, headers["cache-control"]], [301, location, "max-age=60"]);
      }
    });
  }

  test("a POST at the context root is not sent elsewhere: it reaches the application's root", async () => {
    const seen = await askApp(nginx.port, { path: "/app?a=b", method: "POST", body: "hello" });

    assert.deepEqual([seen.name, seen.method, seen.url, seen.body], ["app", "POST", "/?a=b", "hello"]);
  });

  test("neither is a websocket", async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${nginx.port}/app`);
    await once(socket, "open");
    const echo = once(socket, "message");
    socket.send("hello");
    const [event] = (await echo) as [MessageEvent];
    socket.close();
    await once(socket, "close");

    assert.equal(event.data, "hello");
  });

  test("a rewrite at the root of a host changes nothing", async () => {
    const seen = await askApp(nginx.port, { host: "root.example", path: "/a%2Fb//c" });

    assert.deepEqual([seen.name, seen.url], ["app", "/a%2Fb//c"]);
  });

  test("a context root may have any number of segments", async () => {
    const seen = await askApp(nginx.port, { host: "deep.example", path: `${deep}/x%2Fy` });
    const { status } = await ask(nginx.port, { host: "deep.example", path: deep.slice(2) });

    assert.deepEqual([seen.url, status], ["/x%2Fy", 503]);
  });

  test("a rewritten request goes on to the next endpoint when one refuses", async () => {
    const seen = [];
    for (let i = 0; i < 4; i++) seen.push(await askApp(nginx.port, { path: "/half/x%2Fy" }));

    assert.deepEqual(new Set(seen.map(({ url }) => url)), new Set(["/x%2Fy"]));
  });

  test("below a path whose application does not run, the answer says so", async () => {
    const { status, body } = await ask(nginx.port, { path: "/stopped/x" });

    assert.equal(status, 503);
    assert.match(body, /not running at the moment/);
  });

  test("the access log has the request as the client wrote it", async () => {
    await ask(nginx.port, { path: "/app/logged%2Fso" });

    await logged(() => nginx.transcript(), /"GET \/app\/logged%2Fso HTTP\/1\.1" 200 /);
  });

  test("while draining, rewritten requests are answered too, and their connections closed", async () => {
    await nginx.control("POST", "/drain", { seconds: 30 });
    const { headers, body } = await ask(nginx.port, { path: "/app/a%2Fb?c" });
    await nginx.control("POST", "/drain", { seconds: 0 });

    assert.equal(headers.connection, "close");
    assert.match(body, /"url":"\/a%2Fb\?c"/);
  });
});
