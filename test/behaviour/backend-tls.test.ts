import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { Authority, selfSigned } from "./authority.ts";
import { ask, askApp } from "./client.ts";
import { freePort, type Nginx, startNginx } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

const trusting = ["proxy_ssl_trusted_certificate /run/interlock/authority.pem"];

describeNginx("applications that speak TLS", () => {
  const running = new AsyncDisposableStack();
  const authority = new Authority();
  let own: Upstream;
  let signed: Upstream;
  let nginx: Nginx;

  before(async () => {
    const [alone, vouched, plain] = await Promise.all([
      startUpstream("own", undefined, 0, selfSigned("somebody.else")),
      startUpstream("signed", undefined, 0, authority.signed("app.example", "alias.example", "127.0.0.1")),
      startUpstream("plain"),
    ]);
    own = running.use(alone);
    signed = running.use(vouched);
    running.use(plain);
    nginx = running.use(
      await startNginx(
        {
          settings: { httpOptions: trusting },
          routes: [
            { host: "own.example", upstream: "own", profile: "tls" },
            { host: "own.example", path: "/app", upstream: "own", profile: "tls", strip: true },
            { host: "own.example", path: "/verified", upstream: "own", profile: "tls_verified" },
            { host: "app.example", upstream: "signed", profile: "tls_verified" },
            { host: "app.example", path: "/app", upstream: "signed", profile: "tls_verified", strip: true },
            { host: "alias.example", upstream: "signed", profile: "tls_verified" },
            { host: "stranger.example", upstream: "signed", profile: "tls_verified" },
            { host: "127.0.0.1", upstream: "own", profile: "tls" },
            { host: "half.example", upstream: "half", profile: "tls" },
            { host: "plain.example", upstream: "plain", profile: "tls" },
            { host: "plain.example", path: "/http", upstream: "plain" },
          ],
        },
        {
          own: [own.port],
          signed: [signed.port],
          plain: [plain.port],
          half: [await freePort(), own.port],
        },
        { "authority.pem": authority.cert },
      ),
    );
  });
  after(() => running.disposeAsync());

  test("ssl_backend: any certificate will do, and the application is asked for the client's host", async () => {
    const seen = await askApp(nginx.port, {
      host: "own.example:8080",
      path: "/a%2Fb?c",
      method: "POST",
      body: "hello",
    });

    assert.deepEqual([seen.name, seen.sni], ["own", "own.example"]);
    assert.deepEqual([seen.url, seen.body, seen.headers["host"]], ["/a%2Fb?c", "hello", "own.example:8080"]);
    assert.equal(seen.headers["x-forwarded-proto"], "http");
  });

  test("ssl_backend with a rewrite", async () => {
    const own = await askApp(nginx.port, { host: "own.example", path: "/app/a%2Fb?c" });
    const verified = await askApp(nginx.port, { host: "app.example", path: "/app/x" });

    assert.deepEqual([own.url, verified.url], ["/a%2Fb?c", "/x"]);
  });

  test("verified: a certificate of somebody the operator trusts, for this host, is accepted", async () => {
    const seen = await askApp(nginx.port, { path: "/x" });

    assert.deepEqual([seen.name, seen.url, seen.sni], ["signed", "/x", "app.example"]);
  });

  test("verified: one for another host, and one nobody vouches for, are refused with 502, and the log says why", async () => {
    const before = own.seen.length + signed.seen.length;

    const stranger = await ask(nginx.port, { host: "stranger.example" });
    const nobody = await ask(nginx.port, { host: "own.example", path: "/verified" });

    assert.deepEqual([stranger.status, nobody.status], [502, 502]);
    assert.equal(own.seen.length + signed.seen.length, before);
    assert.match(nginx.transcript(), /upstream SSL certificate does not match "stranger\.example"/);
    assert.match(nginx.transcript(), /upstream SSL certificate verify error: \(18:self-signed certificate\)/);
  });

  test("without the operator's word only what Debian trusts is trusted", async () => {
    const routes = [{ host: "app.example", upstream: "signed", profile: "tls_verified" }] as const;
    await using usual = await startNginx({ routes }, { signed: [signed.port] });

    assert.equal((await ask(usual.port)).status, 502);
    assert.match(usual.transcript(), /verify error: \(\d+:unable to verify the first certificate\)/);
  });

  test("connections are kept and used again, but never for another host or a check that was not made", async () => {
    const connections = async (host: string, path = "/"): Promise<readonly unknown[]> => {
      const seen = [];
      for (let i = 0; i < 5; i++) seen.push(await askApp(nginx.port, { host, path }));
      assert.deepEqual(new Set(seen.map(({ sni }) => sni)), new Set([host]));
      return [...new Set(seen.map(({ connection }) => connection))];
    };

    const app = await connections("app.example");
    const alias = await connections("alias.example");
    await connections("own.example");
    const unchecked = await ask(nginx.port, { host: "own.example", path: "/verified" });

    assert.deepEqual([app.length, alias.length], [1, 1]);
    assert.notEqual(app[0], alias[0]);
    assert.equal(unchecked.status, 502);
  });

  test("an endpoint that refuses is the next one's work", async () => {
    const seen = [];
    for (let i = 0; i < 6; i++) seen.push(await ask(nginx.port, { host: "half.example" }));

    assert.deepEqual(new Set(seen.map(({ status }) => status)), new Set([200]));
  });

  test("an application that does not speak TLS after all is a bad gateway, and plain HTTP still reaches it", async () => {
    const tls = await ask(nginx.port, { host: "plain.example" });
    const http = await askApp(nginx.port, { host: "plain.example", path: "/http" });

    assert.deepEqual([tls.status, http.name], [502, "plain"]);
  });

  test("websockets pass", async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${nginx.port}/chat`);
    await once(socket, "open");
    const echoes: string[] = [];
    for (const text of ["one", "two"]) {
      const echo = once(socket, "message");
      socket.send(text);
      const [event] = (await echo) as [MessageEvent];
      echoes.push(String(event.data));
    }
    socket.close();
    await once(socket, "close");

    assert.deepEqual(echoes, ["one", "two"]);
  });

  test("while draining, connections of clients are closed here too", async () => {
    await nginx.control("POST", "/drain", { seconds: 30 });
    const tls = await ask(nginx.port, { host: "own.example", path: "/a%2Fb" });
    const verified = await ask(nginx.port, { path: "/app/x" });
    const refused = await ask(nginx.port, { host: "stranger.example" });
    await nginx.control("POST", "/drain", { seconds: 0 });

    assert.deepEqual([tls.status, verified.status, refused.status], [200, 200, 502]);
    assert.deepEqual([tls.headers.connection, verified.headers.connection], ["close", "close"]);
    assert.match(tls.body, /"url":"\/a%2Fb"/);
  });
});
