import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { StructureSketch } from "../golden/structure.ts";
import { until } from "./agent-harness.ts";
import { selfSigned } from "./authority.ts";
import { ask, say } from "./client.ts";
import { greetAs } from "./client-hello.ts";
import { certificateEntries, freePort, logged, type Nginx, startNginx } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { askTls, greet, learned, openWebSocket, shown } from "./tls-client.ts";
import { type Seen, startUpstream, type Upstream } from "./upstream.ts";

const pair = selfSigned("app.example");

const site: StructureSketch = {
  settings: { workerProcesses: 2 },
  routes: [
    { host: "app.example", upstream: "web" },
    { host: "secure.example", upstream: "web", httpsOnly: true },
    { host: "moved.example", upstream: "web", redirect: { https: "https://app.example:8443" } },
    { host: "*", path: "/nameless", upstream: "web" },
  ],
};

const hostile: readonly (readonly [what: string, ...names: readonly Buffer[]])[] = [
  ["no bytes", Buffer.from("")],
  ["a dot", Buffer.from(".")],
  ["a star", Buffer.from("*")],
  ["the key of a table", Buffer.from("c:app.example")],
  ["the name of a counter", Buffer.from("generation")],
  ["a path", Buffer.from("../app.example")],
  ["a port", Buffer.from("app.example:443")],
  ["a space", Buffer.from(" app.example")],
  ["line ends", Buffer.from("app.example\r\nX: y")],
  ["a NUL", Buffer.from("app.example\0.evil.example")],
  ["a variable", Buffer.from("${hostname}")],
  ["nginx text", Buffer.from('"; } server { listen 1; }')],
  ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x80])],
  ["a name as long as names can be", Buffer.from("a".repeat(255))],
  ["a name that is too long", Buffer.from("a".repeat(3_000))],
  ["two names", Buffer.from("app.example"), Buffer.from("secure.example")],
];

/** The same must be true whether nginx takes the connection itself, or looks at it first because some host is passed through. */
for (const [where, passed] of [
  ["", []],
  [", beside a host that is passed through", ["passed.example"]],
] as const) {
  describeNginx(`HTTP over TLS${where}`, () => {
    const running = new AsyncDisposableStack();
    let app: Upstream;
    let nginx: Nginx;
    let sketch: StructureSketch;

    before(async () => {
      app = running.use(await startUpstream("web", slowly));
      const endpoints = [{ address: "127.0.0.1", port: await freePort() }];
      sketch = { ...site, passthroughs: passed.map((host) => ({ host, endpoints })) };
      nginx = running.use(await startNginx(sketch, { web: [app.port] }));
      await nginx.set(certificateEntries({ "app.example": pair, "secure.example": pair, "moved.example": pair }));
    });
    after(() => running.disposeAsync());

    test("the application sees who asked, how, and for what", async () => {
      const { body } = await askTls(
        nginx.httpsPort,
        { host: "app.example:8443", path: "/x?y=z" },
        { sni: "app.example", localAddress: "127.0.0.5" },
      );
      const { url, headers } = JSON.parse(body) as Seen;

      assert.equal(url, "/x?y=z");
      assert.equal(headers["host"], "app.example:8443");
      assert.equal(headers["x-real-ip"], "127.0.0.5");
      assert.equal(headers["x-forwarded-for"], "127.0.0.5");
      assert.equal(headers["x-forwarded-proto"], "https");
      assert.equal(headers["x-forwarded-host"], "app.example:8443");
      assert.equal(headers["x-forwarded-port"], String(nginx.httpsPort));
      await logged(() => nginx.transcript(), /^127\.0\.0\.5 - - \[.*\] "GET \/x\?y=z HTTP\/1\.1" 200 /m);
    });

    test("plain HTTP stays open beside it, and knows its own port", async () => {
      const { headers } = JSON.parse((await ask(nginx.port)).body) as Seen;

      assert.deepEqual([headers["x-forwarded-proto"], headers["x-forwarded-port"]], ["http", String(nginx.port)]);
    });

    test("a client without Host is told to the application by an address, or the name it sent in SNI", async () => {
      const socket = await greet(nginx.httpsPort);
      socket.write("GET /nameless HTTP/1.0\r\n\r\n");
      const [answer] = (await once(socket, "data")) as [Buffer];
      socket.destroy();

      assert.match(answer.toString(), /^HTTP\/1\.1 200 OK/);
      assert.ok(["127.0.0.1", "app.example"].includes(app.seen.at(-1)?.headers["host"] ?? ""));
    });

    test("HTTP/2 is agreed on with clients that offer it", async () => {
      const offers = [["h2", "http/1.1"], ["http/1.1"], undefined];
      const agreed = offers.map(async (ALPNProtocols) => {
        const socket = await greet(nginx.httpsPort, ALPNProtocols === undefined ? {} : { ALPNProtocols });
        const { protocol } = learned(socket);
        socket.destroy();
        return protocol;
      });

      assert.deepEqual(await Promise.all(agreed), ["h2", "http/1.1", false]);
    });

    test("requests side by side on one connection of HTTP/2 reach the application whole", async () => {
      const session = sessionTo(nginx);
      const paths = Array.from({ length: 20 }, (_, i) => `/${i}`);

      const answers = await Promise.all(paths.map((path) => askOn(session, path, path.repeat(5_000))));
      session.close();

      assert.deepEqual(
        answers.map(({ status, seen }) => [status, seen.url, seen.body.length, seen.headers["x-forwarded-proto"]]),
        paths.map((path) => [200, path, path.length * 5_000, "https"]),
      );
    });

    test("a redirect whose source is https is followed there only", async () => {
      const secure = await askTls(nginx.httpsPort, { host: "moved.example", path: "/a%20b?c=d" });
      const plain = await ask(nginx.port, { host: "moved.example" });

      assert.deepEqual([secure.status, secure.headers.location], [302, "https://app.example:8443/a%20b?c=d"]);
      assert.equal(plain.status, 200);
    });

    test("a host for HTTPS only sends plain clients there, and those who came that way nowhere", async () => {
      const plain = await ask(nginx.port, { host: "secure.example", path: "/x" });
      const secure = await askTls(nginx.httpsPort, { host: "secure.example", path: "/x" });

      assert.deepEqual([plain.status, plain.headers.location], [301, "https://secure.example:8443/x"]);
      assert.equal(secure.status, 200);
    });

    test("websockets echo over TLS, and a change of certificate does not cut them", async () => {
      const socket = await openWebSocket(nginx.httpsPort, { path: "/chat" });

      const echoes = [await socket.echo("one")];
      await nginx.set(certificateEntries({ "app.example": selfSigned("new.example") }));
      echoes.push(await socket.echo("two"));
      await nginx.set(certificateEntries({ "app.example": pair }));
      echoes.push(await socket.echo("three"));
      socket.close();

      assert.deepEqual(echoes, ["one", "two", "three"]);
    });

    test("every worker shows a changed certificate as soon as the change is answered", async () => {
      const names: string[] = [];
      for (let round = 0; round < 10; round++) {
        const name = `round-${round}.example`;
        await nginx.set(certificateEntries({ "round.example": selfSigned(name) }));
        const seen = await Promise.all([1, 2, 3, 4].map(() => shown(nginx.httpsPort, "round.example")));
        names.push(...seen.filter((one) => one !== name));
      }

      assert.deepEqual(names, []);
    });

    test("plain HTTP on the port for TLS is told so", async () => {
      assert.match(await say(nginx.httpsPort, "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n"), /^HTTP\/1\.1 400 /);
    });

    test("while draining, HTTP/1.1 over TLS closes its connections too", async () => {
      await nginx.control("POST", "/drain", { seconds: 30 });
      const socket = await greet(nginx.httpsPort);
      socket.write("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n");
      const closed = once(socket, "close");
      let answer = "";
      socket.on("data", (chunk) => (answer += String(chunk)));
      await closed;
      await nginx.control("POST", "/drain", { seconds: 0 });

      assert.match(answer, /^HTTP\/1\.1 200 [^]*\r\nConnection: close\r\n/);
    });

    test("a reload ends connections of HTTP/2 after their last request, and says so first", async () => {
      const session = sessionTo(nginx);
      const ended = once(session, "close");
      const told = once(session, "goaway");
      const slow = askOn(session, "/slow");
      await until("the application was asked", () => app.seen.some(({ url }) => url === "/slow"));

      await nginx.reload({ ...sketch, settings: { ...sketch.settings, sendTimeoutS: 601 } });
      const [code] = (await told) as [number];
      const { status } = await slow;
      await ended;
      const next = sessionTo(nginx);
      const afterwards = await askOn(next, "/after");
      next.close();

      assert.deepEqual([code, status, afterwards.status], [constants.NGHTTP2_NO_ERROR, 200, 200]);
    });

    for (const [what, ...names] of hostile) {
      test(`SNI with ${what} is shown nothing and disturbs nobody`, async () => {
        const reply = await greetAs(nginx.httpsPort, ...names);

        assert.equal(reply, "alert");
        assert.equal(await shown(nginx.httpsPort, "app.example"), "app.example");
        assert.doesNotMatch(nginx.transcript(), /\[(error|crit|alert|emerg)\]/);
      });
    }

    test("SNI by hand is understood where it is a name", async () => {
      assert.equal(await greetAs(nginx.httpsPort, Buffer.from("app.example")), "handshake");
    });
  });
}

/** An application that answers `/slow` late. */
async function slowly({ url }: Seen): Promise<boolean> {
  if (url === "/slow") await sleep(700);
  return false;
}

function sessionTo(nginx: Nginx): ClientHttp2Session {
  const session = connect(`https://127.0.0.1:${nginx.httpsPort}`, {
    servername: "app.example",
    rejectUnauthorized: false,
  });
  // What goes wrong shows in its requests.
  session.on("error", () => {});
  return session;
}

/** Asks over HTTP/2. */
async function askOn(
  session: ClientHttp2Session,
  path: string,
  body = "",
): Promise<{ readonly status: number; readonly seen: Seen }> {
  const stream = session.request({ ":method": "POST", ":path": path, ":authority": "app.example" });
  // Listened to from the beginning: reading that begins with the answer, Node at times calls a stream cut short that has ended (seen: 24.21.0).
  let said = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => (said += chunk));
  const ended = once(stream, "end");
  stream.end(body);
  const [headers] = (await once(stream, "response")) as [{ readonly ":status": number }];
  await ended;
  return { status: headers[":status"], seen: JSON.parse(said) as Seen };
}
