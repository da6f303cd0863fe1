import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { selfSigned } from "./authority.ts";
import { ask } from "./client.ts";
import { freePort, logged, startNginx } from "./nginx.ts";
import { startDeafServer, startRawServer } from "./raw-server.ts";
import { describeNginx } from "./root.ts";
import { startUpstream } from "./upstream.ts";

const routes = [{ host: "app.example", upstream: "web" }];

describeNginx("an endpoint that cannot be reached is not the client's problem", () => {
  test("no request fails while one of three endpoints refuses, and the refusing one gets a rest", async () => {
    await using one = await startUpstream("one");
    await using two = await startUpstream("two");
    await using nginx = await startNginx({ routes }, { web: [one.port, await freePort(), two.port] });

    const answers = [];
    for (let i = 0; i < 30; i++) answers.push(await ask(nginx.port));

    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    // Asked once, then set aside for ten seconds.
    assert.equal(answers.filter(({ headers }) => String(headers["x-upstream-addr"]).includes(",")).length, 1);
    assert.ok(one.seen.length >= 10 && two.seen.length >= 10);
  });

  test("a POST whose first endpoint refuses reaches the next one exactly once, whole", async () => {
    await using app = await startUpstream("one");
    const body = "x".repeat(200_000);
    for (let round = 0; round < 4; round++) {
      await using nginx = await startNginx({ routes }, { web: [await freePort(), app.port] });
      const before = app.seen.length;

      const { status } = await ask(nginx.port, { method: "POST", body });

      assert.equal(status, 200);
      assert.deepEqual(
        app.seen.slice(before).map((seen) => seen.body.length),
        [body.length],
      );
    }
  });

  test("a POST that an application cut off is not sent again; a GET is", async () => {
    let cut = true;
    const moody = await Promise.all(
      ["one", "two"].map((name) =>
        startUpstream(name, (_seen, _response, socket) => {
          if (cut) socket.destroy();
          return cut;
        }),
      ),
    );
    await using stack = new AsyncDisposableStack();
    const apps = moody.map((app) => stack.use(app));
    await using nginx = await startNginx({ routes }, { web: apps.map(({ port }) => port) });

    const post = await ask(nginx.port, { method: "POST", body: "pay 100" });
    const posts = apps.flatMap(({ seen }) => seen).length;
    const get = await ask(nginx.port);
    const gets = apps.flatMap(({ seen }) => seen).length - posts;
    cut = false;
    const recovered = await ask(nginx.port);

    assert.deepEqual([post.status, posts], [502, 1]);
    assert.deepEqual([get.status, gets], [502, 2]);
    // They had connected, so neither was set aside as unreachable.
    assert.equal(recovered.status, 200);
  });

  for (const [method, status, sent] of [
    ["POST", 502, 1],
    ["PATCH", 502, 1],
    ["GET", 200, 2],
  ] as const) {
    test(`a ${method} for which a kept connection is closed ${sent === 1 ? "is not sent again" : "goes to the next"}`, async () => {
      const lines: string[] = [];
      await using closing = await startRawServer((socket) => {
        let answered = false;
        socket.on("data", (bytes) => {
          const [line = ""] = bytes.toString("latin1").split(" HTTP/1.1");
          if (!/^[A-Z]+ \//.test(line)) return;
          lines.push(line);
          if (answered) socket.destroy();
          else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
          answered = true;
        });
      });
      await using app = await startUpstream("web");
      await using nginx = await startNginx({ routes }, { web: [closing.port] });
      await ask(nginx.port, { path: "/first" });
      await nginx.set([
        [
          "u:web",
          [
            ["127.0.0.1", closing.port],
            ["127.0.0.1", app.port],
          ],
        ],
      ]);

      const answers = [];
      // One of the two is its turn.
      for (const path of ["/a", "/b"]) answers.push(await ask(nginx.port, { method, path, body: "pay 100" }));

      const urls = [...lines.map((line) => line.split(" ")[1]), ...app.seen.map(({ url }) => url)];
      const cut = lines.at(-1)?.split(" ")[1];
      assert.deepEqual(new Set(answers.map((answer) => answer.status)), new Set([200, status]));
      assert.equal(lines.length, 2);
      assert.equal(urls.filter((url) => url === cut).length, sent);
    });
  }

  test("a node that was cut off costs a request two times ConnectTimeout at most, however many endpoints are there", async () => {
    await using stack = new AsyncDisposableStack();
    const deaf = [];
    for (let i = 0; i < 4; i++) deaf.push(stack.use(await startDeafServer()).port);
    await using nginx = await startNginx(
      { routes, settings: { connectTimeoutS: 2, mainLogFormat: "'times=$upstream_response_time;'" } },
      { web: deaf },
    );

    const { status } = await ask(nginx.port);

    assert.equal(status, 504);
    await logged(() => nginx.transcript(), /times=/);
    const times = /times=(.*);/.exec(nginx.transcript())?.[1]?.split(", ").map(Number) ?? [];
    assert.equal(times.length, 4);
    assert.ok(
      times.slice(1).every((seconds) => seconds < 1.5),
      times.join(),
    );
  });

  test("whatever ConnectTimeout says, a connection that does not come about holds a request up for seconds", async () => {
    await using deaf = await startDeafServer();
    await using app = await startUpstream("web");
    const hosts = ["only", "both"].map((name) => ({ host: `${name}.example`, upstream: name }));
    await using nginx = await startNginx(
      {
        routes: hosts,
        settings: { connectTimeoutS: 600, mainLogFormat: "'$host $request_method $upstream_response_time;'" },
      },
      { only: [deaf.port], both: [deaf.port, app.port] },
    );

    const posts = [];
    for (let i = 0; i < 2; i++) posts.push(await ask(nginx.port, { host: "both.example", method: "POST", body: "x" }));
    const only = [];
    for (const method of ["GET", "PUT"]) only.push((await ask(nginx.port, { host: "only.example", method })).status);

    assert.deepEqual(
      posts.map(({ status }) => status),
      [200, 200],
    );
    assert.equal(app.seen.length, 2);
    assert.deepEqual(only, [504, 504]);
    await logged(() => nginx.transcript(), /^only\.example PUT [\d.]+;/m);
    const times = [...nginx.transcript().matchAll(/ ([\d.]+)(?:, [\d.]+)?;/g)].map(([, time]) => Number(time));
    const [both = 0, first = 0, second = 0] = times
      .filter((time) => time > 0.9)
      .map((time) => Math.round(time * 2) / 2);
    // Where there is another one, where there is none, and where that one is known to fail.
    assert.ok(both < 3 && first > 4 && first < 8 && second < 4, times.join());
  });

  test("an application that takes a connection and no TLS holds a request up for seconds, too", async () => {
    await using silent = await startRawServer(() => {});
    await using app = await startUpstream("web", undefined, 0, selfSigned("app.example"));
    await using nginx = await startNginx(
      { routes: [{ host: "app.example", upstream: "web", profile: "tls" }], settings: { connectTimeoutS: 600 } },
      { web: [silent.port, app.port] },
    );

    const statuses = [];
    for (let i = 0; i < 2; i++) statuses.push((await ask(nginx.port, { method: "POST", body: "x" })).status);

    assert.deepEqual(statuses, [200, 200]);
    assert.equal(app.seen.length, 2);
  });

  test("an operator's own proxy_connect_timeout is what counts", async () => {
    await using deaf = await startDeafServer();
    await using nginx = await startNginx(
      {
        routes,
        settings: {
          connectTimeoutS: 600,
          httpOptions: ["proxy_connect_timeout 200ms;"],
          mainLogFormat: "'times=$upstream_response_time;'",
        },
      },
      { web: [deaf.port, ["127.0.0.2", deaf.port]] },
    );

    assert.ok([502, 504].includes((await ask(nginx.port)).status));
    await logged(() => nginx.transcript(), /times=/);
    const times = /times=(.*);/.exec(nginx.transcript())?.[1]?.split(", ").map(Number) ?? [];
    assert.ok(
      times.every((seconds) => seconds < 1),
      times.join(),
    );
  });

  test("what was cut after a while is still asked for at another endpoint, which gets its time", async () => {
    await using slow = await startUpstream("slow", async (_seen, _response, socket) => {
      await sleep(2_500);
      socket.destroy();
      return true;
    });
    await using app = await startUpstream("web");
    await using nginx = await startNginx({ routes, settings: { connectTimeoutS: 1 } }, { web: [slow.port, app.port] });

    const answers = [await ask(nginx.port), await ask(nginx.port)];

    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    );
    assert.equal(slow.seen.length, 1);
  });

  test("when all refuse, the answer is 502 after each was asked once, and the first that is back is used at once", async () => {
    const ports = await Promise.all([1, 2, 3, 4, 5, 6].map(() => freePort()));
    await using nginx = await startNginx({ routes }, { web: ports });

    const first = await ask(nginx.port, { method: "POST", body: "pay 100" });
    const triesOfOne = nginx.transcript().match(/connect\(\) failed/g)?.length;
    const second = await ask(nginx.port);
    await using back = await startUpstream("back", undefined, ports[0]);
    const answers = [];
    for (let i = 0; i < 6; i++) answers.push((await ask(nginx.port)).status);

    assert.deepEqual([first.status, second.status], [502, 502]);
    assert.equal(triesOfOne, 6);
    assert.ok(answers.includes(200), answers.join());
    assert.ok(back.seen.length > 0);
  });

  test("of many endpoints, one that answers is found by each of the first requests, a POST is sent once", async () => {
    const ports = await Promise.all(Array.from({ length: 11 }, () => freePort()));
    await using app = await startUpstream("web");
    await using nginx = await startNginx({ routes }, { web: [...ports, app.port] });

    const answers = await Promise.all(
      Array.from({ length: 8 }, () => ask(nginx.port, { method: "POST", body: "pay 100" })),
    );

    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    assert.equal(app.seen.length, 8);
  });

  test("a GET that every application cuts off is sent to four of them at most, not to all", async () => {
    await using stack = new AsyncDisposableStack();
    const cutting = [];
    for (let i = 0; i < 7; i++) {
      const app = await startUpstream("cutting", (_seen, _response, socket) => {
        socket.destroy();
        return true;
      });
      cutting.push(stack.use(app));
    }
    const refusing = await Promise.all([1, 2].map(() => freePort()));
    await using nginx = await startNginx({ routes }, { web: [...refusing, ...cutting.map(({ port }) => port)] });

    assert.equal((await ask(nginx.port)).status, 502);
    // nginx asks for no other endpoint after the last attempt that it was given: one that reached nobody there was in vain.
    const errors = nginx
      .transcript()
      .split("\n")
      .filter((line) => line.includes("[error]"));
    const lastRefused = errors.at(-1)?.includes("connect() failed") === true;
    assert.equal(cutting.flatMap(({ seen }) => seen).length, lastRefused ? 3 : 4);
  });

  test("endpoints of which some take no connection leave time for the one that answers", async () => {
    await using stack = new AsyncDisposableStack();
    const deaf = [];
    for (let i = 0; i < 5; i++) deaf.push(stack.use(await startDeafServer()).port);
    const refusing = await Promise.all([1, 2, 3].map(() => freePort()));
    await using app = await startUpstream("web");
    await using nginx = await startNginx({ routes }, { web: [...deaf, ...refusing, app.port] });

    const { status } = await ask(nginx.port, { method: "POST", body: "pay 100" });

    assert.equal(status, 200);
    assert.equal(app.seen.length, 1);
  });

  test("a single endpoint that refuses is asked again by the next request", async () => {
    const port = await freePort();
    await using nginx = await startNginx({ routes }, { web: [port] });

    const before = await ask(nginx.port);
    await using app = await startUpstream("web", undefined, port);
    const after = await ask(nginx.port);

    assert.deepEqual([before.status, after.status], [502, 200]);
    assert.equal(app.seen.length, 1);
  });
});
