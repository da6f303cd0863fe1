import assert from "node:assert/strict";
import { test } from "node:test";
import type { NginxSettings } from "../../src/model/config.ts";
import { ask, askApp, say } from "./client.ts";
import { logged, type Nginx, startNginx } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

const slow = 3_000;

/** nginx with one application that answers `/slow` late. */
async function withSettings(
  settings: Partial<NginxSettings>,
  run: (nginx: Nginx, app: Upstream) => Promise<void>,
): Promise<void> {
  await using app = await startUpstream("web", async ({ url }) => {
    if (url !== "/slow") return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    setTimeout(resolve, slow, false).unref();
    return promise;
  });
  const routes = [{ host: "app.example", upstream: "web" }];
  await using nginx = await startNginx({ routes, settings }, { web: [app.port] });
  await run(nginx, app);
}

describeNginx("the operator's settings", () => {
  test("ClientMaxBodySize refuses larger bodies with 413", () =>
    withSettings({ clientMaxBodySize: "10k" }, async ({ port }) => {
      const fits = await ask(port, { method: "POST", body: "x".repeat(10_000) });
      const tooLarge = await ask(port, { method: "POST", body: "x".repeat(11_000) });

      assert.deepEqual([fits.status, tooLarge.status], [200, 413]);
    }));

  for (const underscoresInHeaders of [true, false]) {
    test(`UnderscoresInHeaders = ${underscoresInHeaders}`, () =>
      withSettings({ underscoresInHeaders }, async ({ port }) => {
        const { headers } = await askApp(port, { headers: { a_b: "1" } });

        assert.equal(headers["a_b"], underscoresInHeaders ? "1" : undefined);
      }));
  }

  test("KeepaliveTimeout closes idle connections", () =>
    withSettings({ keepaliveTimeout: "1s" }, async ({ port }) => {
      const started = performance.now();
      const answer = await say(port, "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n");
      const elapsed = performance.now() - started;

      assert.match(answer, /Connection: keep-alive/);
      assert.ok(elapsed > 800, `closed after ${elapsed} ms`);
    }));

  test("ReadTimeout gives up on a silent application with 504", () =>
    withSettings({ readTimeoutS: 1 }, async ({ port }) => {
      assert.equal((await ask(port, { path: "/slow" })).status, 504);
    }));

  test("LargeClientHeaderBuffers bounds headers", () =>
    withSettings({ largeClientHeaderBuffers: "2 2k" }, async ({ port }) => {
      assert.equal((await ask(port, { headers: { "x-long": "a".repeat(3_000) } })).status, 400);
    }));

  test("HTTPVersion 1.0 reaches the application, which then gets a connection per request", () =>
    withSettings({ httpVersion: "1.0" }, async ({ port }, app) => {
      await ask(port);
      await ask(port);

      assert.deepEqual(
        app.seen.map(({ connection }) => connection),
        [1, 2],
      );
    }));

  test("HTTPOptions wins over what we would have written, and adds headers to ours", () =>
    withSettings(
      { httpOptions: ["client_max_body_size 5k", "add_header x-team dev always;", "proxy_set_header X-Team dev;"] },
      async ({ port }) => {
        const { status } = await ask(port, { method: "POST", body: "x".repeat(6_000) });
        const { headers, body } = await ask(port);

        assert.equal(status, 413);
        assert.equal(headers["x-team"], "dev");
        assert.ok(headers["x-request-id"]);
        assert.match(body, /"x-team":"dev"[^]*/);
        assert.match(body, /"x-real-ip":"127\.0\.0\.1"/);
      },
    ));

  test("the access log has the operator's format", () =>
    withSettings({ mainLogFormat: `'mine "$request" $status';` }, async (nginx) => {
      await ask(nginx.port, { path: "/logged" });

      await logged(() => nginx.transcript(), /^mine "GET \/logged HTTP\/1\.1" 200$/m);
    }));
});
