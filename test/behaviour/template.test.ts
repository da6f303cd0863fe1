/**
 * An nginx.conf made by an operator's template, with what Interlock puts into it: the example serves each kind of host, and the agent
 * can ask, drain and reload it.
 */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import type { Socket } from "node:net";
import { after, before, test } from "node:test";
import type { Endpoint } from "../../src/model/desired.ts";
import { TestCore } from "./agent-core.ts";
import { TestAgent } from "./agent-harness.ts";
import { selfSigned } from "./authority.ts";
import { ask, askApp } from "./client.ts";
import { freePort } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { type BackendSketch, rendered, startTemplateNginx, type TemplateNginx } from "./template-nginx.ts";
import { askTls, greet, shakeHands, shown } from "./tls-client.ts";
import { type Seen, startUpstream, type Upstream } from "./upstream.ts";

const shopPair = selfSigned("shop.example");
const bankPair = selfSigned("bank.example");
const secrets = { "shop.cert": shopPair.cert, "shop.key": shopPair.key };

function at(...apps: readonly Upstream[]): readonly Endpoint[] {
  return apps.map(({ port }) => ({ address: "127.0.0.1", port }));
}

describeNginx("the example of a template serves", () => {
  const running = new AsyncDisposableStack();
  let nginx: TemplateNginx;
  let one: Upstream;

  before(async () => {
    const app = async (name: string, pair?: typeof bankPair): Promise<Upstream> =>
      running.use(await startUpstream(name, undefined, 0, pair));
    one = await app("one");
    const [two, fallback, bank] = [await app("two"), await app("fallback"), await app("bank", bankPair)];
    const backends: readonly BackendSketch[] = [
      { host: "*", service: "fallback", endpoints: at(fallback), defaultBackend: true },
      { host: "asleep.example", service: "asleep" },
      { host: "bank.example", service: "bank", endpoints: at(bank), passthrough: true },
      { host: "canary.example", service: "v1", endpoints: at(one) },
      { host: "canary.example", service: "v2", endpoints: at(two) },
      { host: "inner.example", service: "bank", endpoints: at(bank), tlsBackend: true },
      {
        host: "old.example",
        endpoints: at(one),
        redirects: [{ scheme: "http", host: "old.example", target: "https://shop.example/new" }],
      },
      { host: "paths.example", endpoints: at(one), contextRoots: ["/api"], rewrite: true },
      { host: "shop.example", endpoints: at(one), certificate: { certificate: "shop.cert", key: "shop.key" } },
      { host: "sticky.example", endpoints: at(one, two), sticky: { kind: "cookie", name: "session" } },
      { host: "talk.example", endpoints: at(one), websocketEndpoints: ["/"] },
      { host: "wild.example", endpoints: at(one), contextRoots: ["/x; } server { listen 1; } #"] },
    ];
    nginx = running.use(await startTemplateNginx({ backends }, secrets));
  });
  after(() => running.disposeAsync());

  test("hosts by name, all services of a host in turn", async () => {
    const names = [];
    for (let i = 0; i < 4; i++) names.push((await askApp(nginx.port, { host: "canary.example", path: "/a?b" })).name);

    assert.deepEqual(names.toSorted(), ["one", "one", "two", "two"]);
  });

  test("the default backend for every other name, for hosts of which nothing runs, and for one whose labels are not safe", async () => {
    for (const host of ["nobody.example", "asleep.example", "wild.example"])
      assert.equal((await askApp(nginx.port, { host })).name, "fallback", host);
  });

  test("paths below a context root, without it where that was asked for; other paths are not found", async () => {
    const seen = await askApp(nginx.port, { host: "paths.example", path: "/api/users?x=1" });
    const root = await askApp(nginx.port, { host: "paths.example", path: "/api" });
    const near = await ask(nginx.port, { host: "paths.example", path: "/apis" });

    assert.deepEqual([seen.url, root.url, near.status], ["/users?x=1", "/", 404]);
  });

  test("redirects with the request's own address behind", async () => {
    const { status, headers } = await ask(nginx.port, { host: "old.example", path: "/a?b=c" });

    assert.deepEqual([status, headers.location], [302, "https://shop.example/new/a?b=c"]);
  });

  test("a client with a cookie stays at one task", async () => {
    const headers = { cookie: "session=abc" };
    const names = new Set<string>();
    for (let i = 0; i < 6; i++) names.add((await askApp(nginx.port, { host: "sticky.example", headers })).name);

    assert.equal(names.size, 1);
  });

  test("TLS by name, with a secret's certificate; the application learns the client's address and that it was HTTPS", async () => {
    const { body } = await askTls(nginx.httpsPort, { host: "shop.example", path: "/x" }, { localAddress: "127.0.0.7" });
    const seen = JSON.parse(body) as Seen;
    const { certificate } = await shakeHands(nginx.httpsPort, { sni: "shop.example" });

    assert.deepEqual(
      [seen.url, seen.headers["x-real-ip"], seen.headers["x-forwarded-proto"]],
      ["/x", "127.0.0.7", "https"],
    );
    assert.deepEqual(certificate, new X509Certificate(shopPair.cert).raw);
  });

  test("TLS that an application ends itself, and TLS towards an application; a name without either is cut off", async () => {
    const passed = JSON.parse((await askTls(nginx.httpsPort, { host: "bank.example" })).body) as Seen;

    assert.equal(await shown(nginx.httpsPort, "bank.example"), "bank.example");
    assert.equal(passed.headers["x-real-ip"], undefined);
    assert.equal((await askApp(nginx.port, { host: "inner.example" })).name, "bank");
    await assert.rejects(greet(nginx.httpsPort, { sni: "canary.example" }));
  });

  test("what agents and operators ask: the structure, and how nginx is", async () => {
    assert.equal((await nginx.identity()).structure, nginx.bundle.structure);
    assert.match(
      (await ask(nginx.port, { host: "canary.example", path: "/nginx_status" })).body,
      /^Active connections/,
    );
  });

  test("while draining, responses tell clients to leave, and upgrades still come about", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const asked = async (): Promise<string | undefined> =>
      (await ask(nginx.port, { host: "canary.example", agent })).headers.connection;
    const reuses = (): boolean => Object.values(agent.freeSockets).flat().length > 0;

    const first = [await asked(), reuses()];
    await nginx.control("POST", "/drain", { seconds: 30 });
    const during = [await asked(), reuses()];
    const upgraded = await upgrade(nginx.port, "talk.example");
    await nginx.control("POST", "/drain", { seconds: 0 });
    const last = [await asked(), reuses()];
    agent.destroy();

    assert.deepEqual(
      [first, last],
      [
        ["keep-alive", true],
        ["keep-alive", true],
      ],
    );
    assert.match(String(during[0]), /\bclose$/);
    assert.equal(during[1], false);
    assert.equal(upgraded, "upgrade");
  });
});

/** The `Connection` header of an upgrade's response. */
async function upgrade(port: number, host: string): Promise<string | undefined> {
  const headers = {
    host,
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
  };
  const outgoing = request({ port, headers, agent: false }).end();
  const [incoming, socket] = (await once(outgoing, "upgrade")) as [{ headers: { connection?: string } }, Socket];
  socket.destroy();
  return incoming.headers.connection;
}

describeNginx("a template of one's own", () => {
  test("may guard its http block without locking the agent out", async () => {
    const template = `events {}
http {
  deny all;
  auth_basic "closed";
  auth_basic_user_file /dev/null;
  server { listen {{ .Port }}; location / { stub_status; } }
}`;
    await using nginx = await startTemplateNginx({ template, backends: [] });

    assert.equal((await nginx.identity()).structure, nginx.bundle.structure);
    assert.equal((await ask(nginx.port)).status, 403);
  });

  test("may speak HTTP/2, whose responses never carry a connection header", async () => {
    const template = `events {}
http {
  http2 on;
  server { listen {{ .Port }}; location / { return 200; } }
}`;
    await using nginx = await startTemplateNginx({ template, backends: [] });
    await nginx.control("POST", "/drain", { seconds: 30 });
    const session = connectHttp2(`http://127.0.0.1:${nginx.port}`);
    const stream = session.request({ ":path": "/" });

    const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
    session.destroy();

    assert.deepEqual([headers[":status"], headers["connection"]], [200, undefined]);
  });

  test("may say what agents say on the command line, and load modules itself", async () => {
    const template = `load_module modules/ndk_http_module.so;
load_module "/usr/lib/nginx/modules/ngx_http_lua_module.so";
daemon on;
master_process off;
pid /run/interlock/own.pid;
events {}
http { server { listen {{ .Port }}; location / { return 204; } } }
stream { server { listen {{ .SSLPort }}; return "hello"; } }`;
    await using nginx = await startTemplateNginx({ template, backends: [] });

    assert.equal((await ask(nginx.port)).status, 204);
  });

  test("is staged, checked, proven and reloaded by the agent like any other; a file nginx refuses changes nothing", async () => {
    await using one = await startUpstream("one");
    await using two = await startUpstream("two");
    const [port, httpsPort, corePort] = await Promise.all([freePort(), freePort(), freePort()]);
    const made = (app: Upstream, template?: string): string =>
      rendered({
        backends: [{ host: "app.example", endpoints: at(app) }],
        httpPort: port,
        httpsPort,
        ...(template === undefined ? {} : { template }),
      }).nginxConf;
    const core = TestCore.at(corePort);
    core.first = { nginxConf: made(one) };
    await core.open();
    await using agent = TestAgent.start({ corePort });
    try {
      const first = await core.outcome(0);
      const name = (await askApp(port)).name;
      core.offer({ nginxConf: made(two) });
      const second = await core.outcome(1);
      const changed = (await askApp(port)).name;
      core.offer({ nginxConf: made(one, "events {} http { server { listen {{ .Port }}; nonsense; } }") });
      const third = await core.outcome(2);

      assert.deepEqual([first.kind, name], ["applied", "one"], agent.transcript());
      assert.deepEqual([second.kind, changed], ["applied", "two"], agent.transcript());
      assert.equal(third.kind, "refused");
      assert.match(third.kind === "refused" ? third.reason : "", /nonsense/);
      assert.equal((await askApp(port)).name, "two");
    } finally {
      await core.close();
    }
  });
});
