import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as fc from "fast-check";
import { ask, say } from "./client.ts";
import { type Nginx, startNginx } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { startUpstream } from "./upstream.ts";

describeNginx("hostile requests get an answer and reach nobody", () => {
  const running = new AsyncDisposableStack();
  let nginx: Nginx;

  before(async () => {
    const app = running.use(await startUpstream("web"));
    nginx = running.use(await startNginx({ routes: [{ host: "app.example", upstream: "web" }] }, { web: [app.port] }));
  });
  after(() => running.disposeAsync());

  for (const host of [
    "app.example\t",
    "*",
    "u:web",
    "../app.example",
    "app.example/",
    "app.example@evil",
    "[::1]",
    "$host",
    "generation",
    "a".repeat(6_000),
    "\u00ff\u00fe",
    "app.example, app.example",
    "",
  ]) {
    test(`Host ${JSON.stringify(host.slice(0, 30))}`, async () => {
      const answer = await say(nginx.port, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);

      assert.match(answer, /^HTTP\/1\.1 (400|503) /);
    });
  }

  test("a duplicate Host, none in HTTP/1.1, and one too long for its buffer are bad requests", async () => {
    const twice = await say(nginx.port, "GET / HTTP/1.1\r\nHost: app.example\r\nHost: b.example\r\n\r\n");
    const none = await say(nginx.port, "GET / HTTP/1.1\r\n\r\n");
    const long = await say(nginx.port, `GET / HTTP/1.1\r\nHost: ${"a".repeat(9_000)}\r\n\r\n`);

    for (const answer of [twice, none, long]) assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.doesNotMatch(twice, /nginx\//);
  });

  test("inventing hosts fills no memory and disturbs nobody", async () => {
    const hosts = Array.from({ length: 300 }, (_, i) => `invented-${i}.example`);
    const answers = await Promise.all(hosts.map((host) => ask(nginx.port, { host })));

    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([503]));
    assert.equal((await ask(nginx.port)).status, 200);
    assert.doesNotMatch(nginx.transcript(), /lua|\[(error|crit|alert|emerg)\]/);
  });

  test("whatever a table's values are, they are taken or refused, and every other host is served as before", async () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.constantFrom(
        "/",
        "/a",
        "web",
        "tls",
        "$host",
        "%2F",
        "^/(",
        "a\tb",
        "\n",
        "\r\n\r\n",
        "\0",
        "http://x/%s",
        "[",
        "\\",
      ),
    );
    const wrong = fc.oneof(text, fc.constantFrom(true, false, null, 7, {}, []));
    const mostly = (right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
      fc.oneof({ weight: 40, arbitrary: right }, { weight: 1, arbitrary: wrong });
    const flag = mostly(fc.constant(true));
    const route = fc.record(
      {
        path: mostly(text.map((rest) => `/${rest}`)),
        upstream: mostly(fc.oneof(text, fc.constant("web"))),
        profile: mostly(fc.constantFrom("default", "tls", "tls_verified")),
        strip: flag,
        cookie: mostly(text),
        address: flag,
        secure: flag,
        http: mostly(text),
        https: mostly(text),
      },
      { requiredKeys: ["path", "upstream", "profile"] },
    );
    const outcomes = new Set<number>();

    await fc.assert(
      fc.asyncProperty(fc.array(route, { minLength: 1, maxLength: 3 }), async (routes) => {
        const taken = await nginx.control("POST", "/tables", { set: [["h:hostile.example", routes]] });
        outcomes.add(taken.status);
        const headers = { cookie: "session=a; $host=b" };
        const hostile = await ask(nginx.port, { host: "hostile.example", path: "/a", headers });

        assert.ok([204, 400].includes(taken.status), String(taken.status));
        assert.ok([200, 301, 302, 502, 503].includes(hostile.status), String(hostile.status));
        assert.equal((await ask(nginx.port)).status, 200);
      }),
      { numRuns: 1_000 },
    );

    assert.deepEqual(outcomes, new Set([204, 400]));
    assert.doesNotMatch(nginx.transcript(), /lua (entry|tcp|user|coroutine)|runtime error|\[(crit|alert|emerg)\]/);
  });
});
