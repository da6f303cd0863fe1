/**
 * What nginx notes of endpoints it could not reach, a request's last attempt included, and what its client sees of that: nothing.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { EndpointValue } from "../../src/proxy/table-values.ts";
import { selfSigned } from "./authority.ts";
import { certificateEntries, freePort, type Nginx, startNginx } from "./nginx.ts";
import { ask, say } from "./client.ts";
import { startDeafServer } from "./raw-server.ts";
import { describeNginx } from "./root.ts";
import { askTls } from "./tls-client.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

const routes = [{ host: "app.example", upstream: "web" }];

/** Takes what was noted. */
async function taken(nginx: Nginx): Promise<readonly (readonly [string, number])[]> {
  const { status, body } = await nginx.control("GET", "/unreachable");
  assert.equal(status, 200);
  return JSON.parse(body) as [string, number][];
}

/** An application that cuts every connection in the middle of a request. */
function startCutting(): Promise<Upstream> {
  return startUpstream("cutting", (_seen, _response, socket) => {
    socket.destroy();
    return true;
  });
}

describeNginx("endpoints that cannot be reached", () => {
  test("one that refused is told once, and not again within a second", async () => {
    await using app = await startUpstream("web");
    const bad = await freePort();
    await using nginx = await startNginx({ routes }, { web: [app.port, ["127.0.0.1", bad, 0, 1_000]] });

    for (let i = 0; i < 6; i++) await ask(nginx.port);
    const first = await taken(nginx);
    await sleep(1_100);
    const nothing = await taken(nginx);
    for (let i = 0; i < 2; i++) await ask(nginx.port);
    const second = await taken(nginx);

    assert.deepEqual([first, nothing, second], [[["127.0.0.1", bad]], [], [["127.0.0.1", bad]]]);
  });

  test("the only endpoint of a service, which no balancer is asked about after it failed, is told too", async () => {
    const bad = await freePort();
    await using nginx = await startNginx({ routes }, { web: [["::1", bad]] });

    const { status } = await ask(nginx.port, { method: "POST", body: "pay 100" });

    assert.equal(status, 502);
    assert.deepEqual(await taken(nginx), [["::1", bad]]);
  });

  test("one that takes no connection in time is told", async () => {
    await using deaf = await startDeafServer();
    await using nginx = await startNginx({ routes, settings: { connectTimeoutS: 1 } }, { web: [deaf.port] });

    assert.equal((await ask(nginx.port)).status, 504);
    assert.deepEqual(await taken(nginx), [["127.0.0.1", deaf.port]]);
  });

  test("one that connects and then fails is not: it was reached", async () => {
    await using cutting = await startCutting();
    await using silent = await startUpstream("silent", () => true);
    await using nginx = await startNginx(
      { routes, settings: { readTimeoutS: 1 } },
      { web: [cutting.port, silent.port] },
    );

    for (let i = 0; i < 2; i++) await ask(nginx.port, { method: "POST" });

    assert.equal(cutting.seen.length + silent.seen.length, 2);
    assert.deepEqual(await taken(nginx), []);
  });

  test("over HTTPS, below a path that is stripped, and while draining they are told as well", async () => {
    const [plain, stripped] = [await freePort(), await freePort()];
    await using nginx = await startNginx(
      {
        routes: [
          { host: "app.example", path: "/app", upstream: "stripped", strip: true },
          { host: "app.example", upstream: "plain" },
        ],
      },
      { plain: [plain], stripped: [stripped] },
    );
    await nginx.set(certificateEntries({ "app.example": selfSigned("app.example") }));

    await askTls(nginx.httpsPort, { path: "/app/x" });
    const below = await taken(nginx);
    await nginx.control("POST", "/drain", { seconds: 60 });
    const { headers } = await ask(nginx.port, { headers: { connection: "keep-alive" } });
    const draining = await taken(nginx);

    assert.deepEqual([below, draining], [[["127.0.0.1", stripped]], [["127.0.0.1", plain]]]);
    assert.equal(headers.connection, "close");
  });

  test("of very many the newest 200 are told", async () => {
    const port = await freePort();
    const far = Array.from({ length: 240 }, (_, i): EndpointValue => [`127.0.1.${i + 1}`, port]);
    await using nginx = await startNginx({ routes }, { web: far });

    for (let i = 0; i < far.length / 4; i++) await ask(nginx.port);
    const list = await taken(nginx);

    assert.equal(list.length, 200);
    assert.equal(new Set(list.map(([address]) => address)).size, 200);
    assert.deepEqual(await taken(nginx), []);
  });

  test("only the agent's question gets them, and asking changes nothing else", async () => {
    await using nginx = await startNginx({ routes }, { web: [await freePort()] });
    const { generation } = await nginx.identity();

    const posted = await nginx.control("POST", "/unreachable", {});
    await taken(nginx);

    assert.equal(posted.status, 403);
    assert.equal((await nginx.identity()).generation, generation);
  });
});

describeNginx("a request's last attempt", () => {
  test("counts: where a label speaks of failures, after one POST that was cut off no other meets that endpoint", async () => {
    await using app = await startUpstream("web");
    await using cutting = await startCutting();
    const watched: EndpointValue = ["127.0.0.1", cutting.port, 1, 60_000];
    await using nginx = await startNginx({ routes }, { web: [app.port, watched] });

    const statuses = [];
    for (let i = 0; i < 10; i++) statuses.push((await ask(nginx.port, { method: "POST", body: "pay 100" })).status);

    assert.equal(statuses.filter((status) => status === 502).length, 1);
    assert.equal(cutting.seen.length, 1);
    assert.equal(app.seen.length, 9);
  });

  for (const [what, start, status] of [
    ["refused", undefined, 502],
    ["out of time", startDeafServer, 504],
  ] as const) {
    test(`the client sees the same as if nobody looked, ${what}`, async () => {
      await using stack = new AsyncDisposableStack();
      const port = start === undefined ? await freePort() : stack.use(await start()).port;
      const settings = { connectTimeoutS: 1 };
      const looking = stack.use(await startNginx({ routes, settings }, { web: [port] }));
      // An operator who speaks of error pages has nobody look.
      const httpOptions = ["recursive_error_pages off;"];
      const blind = stack.use(await startNginx({ routes, settings: { ...settings, httpOptions } }, { web: [port] }));
      const said = async (nginx: Nginx, method: string): Promise<string> => {
        const request = `${method} /x HTTP/1.1\r\nHost: app.example\r\nContent-Length: 2\r\n\r\nhi`;
        const last = "GET /nginx_status HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n";
        const answer = await say(nginx.port, request + last);
        return answer.replaceAll(/Date: .*\r\n/g, "").split("HTTP/1.1 200 ")[0] ?? "";
      };

      for (const method of ["GET", "POST", "HEAD"]) {
        const seen = await said(looking, method);
        assert.match(seen, new RegExp(`^HTTP/1.1 ${status} `));
        assert.equal(seen, await said(blind, method));
      }
      assert.notDeepEqual(await taken(looking), []);
      assert.deepEqual(await taken(blind), []);
    });
  }

  test("the operator's own page for it is shown, and those for anything else", async () => {
    const httpOptions = [
      "error_page 502 =302 https://help.example/502;",
      "error_page 413 =302 https://help.example/413;",
    ];
    await using nginx = await startNginx(
      { routes, settings: { httpOptions, clientMaxBodySize: "1k" } },
      { web: [await freePort()] },
    );

    const answers = [await ask(nginx.port), await ask(nginx.port, { method: "POST", body: "x".repeat(2_000) })];

    assert.deepEqual(
      answers.map(({ headers }) => headers.location),
      ["https://help.example/502", "https://help.example/413"],
    );
  });

  test("an application's own 502 is its own", async () => {
    await using app = await startUpstream("web", (_seen, response) => {
      response.writeHead(502, { "x-mine": "yes" }).end("mine");
      return true;
    });
    await using nginx = await startNginx({ routes }, { web: [["127.0.0.1", app.port, 1, 60_000]] });

    const { status, headers, body } = await ask(nginx.port);

    assert.deepEqual([status, headers["x-mine"], body], [502, "yes", "mine"]);
  });
});
