import assert from "node:assert/strict";
import { test } from "node:test";
import { ask } from "./client.ts";
import { freePort, startNginx } from "./nginx.ts";
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

  test("when all refuse, the answer is 502 after at most four attempts, and the first that is back is used at once", async () => {
    const ports = await Promise.all([1, 2, 3, 4, 5, 6].map(() => freePort()));
    await using nginx = await startNginx({ routes }, { web: ports });

    const first = await ask(nginx.port);
    const second = await ask(nginx.port);
    await using back = await startUpstream("back", undefined, ports[0]);
    const answers = [];
    for (let i = 0; i < 6; i++) answers.push((await ask(nginx.port)).status);

    assert.deepEqual([first.status, second.status], [502, 502]);
    const tries = nginx.transcript().match(/connect\(\) failed/g)?.length ?? 0;
    assert.ok(tries >= 6 && tries <= 8 + 18, `${tries} attempts`);
    assert.ok(answers.includes(200), answers.join());
    assert.ok(back.seen.length > 0);
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
