import assert from "node:assert/strict";
import { test } from "node:test";
import { Agent } from "node:http";
import { ask, askApp } from "./client.ts";
import { startNginx } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { startUpstream } from "./upstream.ts";

describeNginx("draining before a reload", () => {
  test("every response says Connection: close until the time is over or taken back", async () => {
    await using app = await startUpstream("web");
    await using nginx = await startNginx({ routes: [{ host: "app.example", upstream: "web" }] }, { web: [app.port] });
    const agent = new Agent({ keepAlive: true });
    const connection = async (host: string): Promise<string | undefined> =>
      (await ask(nginx.port, { host, agent })).headers.connection;

    const before = await connection("app.example");
    await nginx.control("POST", "/drain", { seconds: 30 });
    const draining = [await connection("app.example"), await connection("nobody.example")];
    const body = "x".repeat(50_000);
    const post = await askApp(nginx.port, { agent, method: "POST", path: "/a%20b?c=d", body, headers: { "x-a": "b" } });
    await nginx.control("POST", "/drain", { seconds: 0 });
    const after = await connection("app.example");
    agent.destroy();

    assert.deepEqual([before, draining, after], ["keep-alive", ["close", "close"], "keep-alive"]);
    // The detour through the draining location changes nothing for the application.
    assert.deepEqual(
      [post.method, post.url, post.body.length, post.headers["x-a"]],
      ["POST", "/a%20b?c=d", 50_000, "b"],
    );
  });

  test("nonsense is refused", async () => {
    await using nginx = await startNginx({});

    for (const body of ["", "{}", { seconds: -1 }, { seconds: "soon" }]) {
      assert.equal((await nginx.control("POST", "/drain", body)).status, 400);
    }
    assert.equal((await nginx.control("GET", "/drain")).status, 403);
    assert.equal((await nginx.control("GET", "/else")).status, 404);
  });
});
