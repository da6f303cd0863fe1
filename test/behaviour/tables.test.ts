import assert from "node:assert/strict";
import { Agent } from "node:http";
import { test } from "node:test";
import { ask, askApp } from "./client.ts";
import { startNginx, upstreamEntries } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { startUpstream } from "./upstream.ts";

const routes = [{ host: "app.example", upstream: "web" }];

describeNginx("the fast road", () => {
  test("a new host is served, and a removed one is not, by the very same worker", async () => {
    await using app = await startUpstream("web");
    await using nginx = await startNginx({});
    const before = await nginx.identity();

    const absent = await ask(nginx.port, { host: "new.example" });
    await nginx.set([
      ...upstreamEntries({ web: [app.port] }),
      ["h:new.example", [{ path: "/", upstream: "web", profile: "default" }]],
    ]);
    const present = await ask(nginx.port, { host: "new.example" });
    await nginx.set([], ["h:new.example", "u:web"]);
    const gone = await ask(nginx.port, { host: "new.example" });
    const after = await nginx.identity();

    assert.deepEqual([absent.status, present.status, gone.status], [503, 200, 503]);
    assert.equal(after.pid, before.pid);
    assert.equal(after.structure, nginx.bundle.structure);
    assert.equal(after.generation, before.generation + 2);
  });

  test("fifty swaps of endpoints under load lose no request, and no request reaches an old endpoint", async () => {
    await using blue = await startUpstream("blue");
    await using green = await startUpstream("green");
    await using nginx = await startNginx({ routes, settings: { workerProcesses: 2 } }, { web: [blue.port] });
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const swapping = new AbortController();
    const statuses: number[] = [];
    const client = async (): Promise<void> => {
      while (!swapping.signal.aborted) statuses.push((await ask(nginx.port, { agent })).status);
    };
    const clients = Array.from({ length: 8 }, client);

    const stale: string[] = [];
    for (let swap = 0; swap < 50; swap++) {
      const now = swap % 2 === 0 ? green : blue;
      await nginx.set(upstreamEntries({ web: [now.port] }));
      const seen = await Promise.all([1, 2, 3, 4].map(() => askApp(nginx.port)));
      stale.push(...seen.map(({ name }) => name).filter((name) => name !== (now === green ? "green" : "blue")));
    }
    swapping.abort();
    await Promise.all(clients);
    agent.destroy();

    assert.deepEqual(stale, []);
    assert.deepEqual(new Set(statuses), new Set([200]));
    assert.ok(statuses.length > 50);
  });

  test("connections to applications are kept and used again", async () => {
    await using app = await startUpstream("web");
    await using nginx = await startNginx({ routes }, { web: [app.port] });

    for (let i = 0; i < 20; i++) await ask(nginx.port);

    assert.deepEqual(new Set(app.seen.map(({ connection }) => connection)), new Set([1]));
  });

  test("a value that does not fit is refused with its key, and the old one stays", async () => {
    await using app = await startUpstream("web");
    await using nginx = await startNginx({ routes }, { web: [app.port] });
    const huge = [{ path: `/${"a".repeat(34_000_000)}`, upstream: "web", profile: "default" }];

    const refused = await nginx.control("POST", "/tables", { set: [["h:app.example", huge]], delete: ["u:web"] });
    const served = await ask(nginx.port);
    await nginx.set(upstreamEntries({ web: [] }));
    const idle = await ask(nginx.port);

    assert.deepEqual([refused.status, refused.body], [507, "h:app.example"]);
    assert.equal(served.status, 200);
    assert.equal(idle.status, 503);
  });

  test("draining takes no room from tables that fill everything", async () => {
    await using app = await startUpstream("web");
    await using nginx = await startNginx({ routes }, { web: [app.port] });
    const large = ["h:large.example", [{ path: `/${"a".repeat(31_000_000)}`, upstream: "web", profile: "default" }]];
    const small = Array.from({ length: 30_000 }, (_, i) => [`u:${100_000 + i}`, []]);

    const full = await nginx.control("POST", "/tables", { set: [large, ...small] });
    await nginx.control("POST", "/drain", { seconds: 30 });

    assert.equal(full.status, 507);
    assert.match(full.body, /^u:1/);
    assert.equal((await ask(nginx.port)).status, 200);
  });

  test("ten thousand upstreams arrive in one body", async () => {
    await using app = await startUpstream("web");
    await using nginx = await startNginx({});
    const names = Array.from({ length: 10_000 }, (_, i) => `service-${i}`);
    const endpoints = [1, 2, 3, 4].map((i) => [`10.0.0.${i}`, 80]);

    await nginx.set(
      names.map((name) => [`u:${name}`, name === "service-9999" ? [["127.0.0.1", app.port]] : endpoints]),
    );
    await nginx.set(names.map((name) => [`h:${name}.example`, [{ path: "/", upstream: name, profile: "default" }]]));

    assert.equal((await ask(nginx.port, { host: "service-9999.example" })).status, 200);
  });

  test("what has not the right shape is refused by its key, and nothing of its change is done", async () => {
    await using app = await startUpstream("web");
    await using nginx = await startNginx({ routes }, { web: [app.port] });
    const { generation } = await nginx.identity();
    const route = { path: "/", upstream: "web", profile: "default" };

    for (const [key, value] of [
      ["generation", [["10.0.0.1", 1]]],
      ["x:web", [["10.0.0.1", 1]]],
      ["u:a\nb", [["10.0.0.1", 1]]],
      ["u:web", [["localhost", 80]]],
      ["u:web", [["10.0.0.1\n10.0.0.2", 80]]],
      ["u:web", [["10.0.0.1", 65_536]]],
      ["u:web", [["10.0.0.1", 0]]],
      ["u:web", [["10.0.0.1", "80"]]],
      ["u:web", [["10.0.0.1", 80, 1]]],
      ["u:web", [["10.0.0.1", 80, -1, 0]]],
      ["u:web", [["10.0.0.1", 80, 1, 0.5]]],
      ["u:web", [["10.0.0.1", 80, "1\n", 0]]],
      ["u:web", "10.0.0.1"],
      ["h:a\tb", [route]],
      ["h:x", [["/", "web", "default"]]],
      ["h:x", ["/"]],
      ["h:x", [{ ...route, path: "x" }]],
      ["h:x", [{ ...route, path: "/\t" }]],
      ["h:x", [{ ...route, path: "/\n/\tweb" }]],
      ["h:x", [{ upstream: "web", profile: "default" }]],
      ["h:x", [{ ...route, upstream: "web\tdefault" }]],
      ["h:x", [{ ...route, upstream: 7 }]],
      ["h:x", [{ ...route, profile: "root" }]],
      ["h:x", [{ ...route, profile: "tls\n" }]],
      ["h:x", [{ ...route, strip: "yes" }]],
      ["h:x", [{ ...route, secure: 1 }]],
      ["h:x", [{ ...route, cookie: "a\tb" }]],
      ["h:x", [{ ...route, cookie: true }]],
      ["h:x", [{ ...route, http: "http://new.example\r\nset-cookie: a=b" }]],
      ["h:x", [{ ...route, https: ["http://new.example"] }]],
    ] as const) {
      const set = [
        ["u:web", []],
        ["h:new.example", [route]],
        [key, value],
      ];
      const { status, body } = await nginx.control("POST", "/tables", { set, delete: ["h:app.example"] });
      assert.deepEqual([status, body], [400, key], JSON.stringify(value));
    }
    for (const body of ["", "{", "7", "{} {}", '{"set":7}', '{"set":[7]}', '{"delete":"h:app.example"}']) {
      assert.equal((await nginx.control("POST", "/tables", body)).status, 400, body);
    }

    assert.equal((await nginx.identity()).generation, generation);
    assert.equal((await ask(nginx.port)).status, 200);
    assert.equal((await ask(nginx.port, { host: "new.example" })).status, 503);
  });

  test("a key that is none of ours cannot be deleted", async () => {
    await using nginx = await startNginx({});
    const { generation } = await nginx.identity();

    await nginx.set([], ["generation", "drain_until", "x:y", ""]);

    assert.equal((await nginx.identity()).generation, generation + 1);
  });

  test("names with escapes and addresses of IPv6 pass", async () => {
    await using app = await startUpstream("web");
    await using nginx = await startNginx({});

    await nginx.set([
      [
        'u:a"b\\c/\u00e9+d',
        [
          ["::1", 1],
          ["127.0.0.1", app.port],
        ],
      ],
      ["h:new.example", [{ path: "/", upstream: 'a"b\\c/\u00e9+d', profile: "default" }]],
    ]);

    assert.equal((await ask(nginx.port, { host: "new.example" })).status, 200);
    assert.equal((await ask(nginx.port, { host: "new.example" })).status, 200);
  });
});
