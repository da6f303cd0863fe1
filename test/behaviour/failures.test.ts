import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "./client.ts";
import { retried, watched } from "./failing.ts";
import { freePort, startNginx, upstreamEntries } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { startUpstream } from "./upstream.ts";

const routes = [{ host: "app.example", upstream: "web" }];

describeNginx("max_fails and fail_timeout", () => {
  test("max_fails = 0: a refusing endpoint is asked whenever it is its turn", async () => {
    await using app = await startUpstream("web");
    const bad = await freePort();
    await using nginx = await startNginx({ routes }, { web: [app.port, watched(bad, 0, 10_000)] });

    assert.equal(await retried(nginx, 20), 10);
  });

  test("max_fails = 3: it is set aside after three failures", async () => {
    await using app = await startUpstream("web");
    const bad = await freePort();
    await using nginx = await startNginx({ routes }, { web: [app.port, watched(bad, 3, 10_000)] });

    assert.equal(await retried(nginx, 20), 3);
  });

  test("an endpoint with an IPv6 address is set aside like any other", async () => {
    await using app = await startUpstream("web");
    await using nginx = await startNginx({ routes }, { web: [app.port, ["::1", await freePort(), 2, 10_000]] });

    assert.equal(await retried(nginx, 20), 2);
  });

  test("fail_timeout: it rests that long, and after the rest one more failure is enough", async () => {
    await using app = await startUpstream("web");
    const bad = await freePort();
    await using nginx = await startNginx({ routes }, { web: [app.port, watched(bad, 3, 1_500)] });

    const before = await retried(nginx, 20);
    await sleep(1_600);
    const after = await retried(nginx, 10);
    await using back = await startUpstream("back", undefined, bad);
    await sleep(1_600);
    await retried(nginx, 10);

    assert.deepEqual([before, after], [3, 1]);
    assert.equal(back.seen.length, 5);
  });

  test("failures further apart than fail_timeout do not add up", async () => {
    await using app = await startUpstream("web");
    const bad = await freePort();
    await using nginx = await startNginx({ routes }, { web: [app.port, watched(bad, 2, 300)] });

    const counts = [];
    for (let round = 0; round < 3; round++) {
      counts.push(await retried(nginx, 2));
      await sleep(350);
    }

    assert.deepEqual(counts, [1, 1, 1]);
  });

  test("where a label speaks of failures, a connection that the application cuts is one; where none does, it is not", async () => {
    await using app = await startUpstream("web");
    await using cutting = await startUpstream("cutting", (_seen, _response, socket) => {
      socket.destroy();
      return true;
    });
    await using nginx = await startNginx({ routes }, { web: [app.port, watched(cutting.port, 1, 10_000)] });

    const labelled = await retried(nginx, 10);
    await nginx.set(upstreamEntries({ web: [app.port, ["127.0.0.1", cutting.port]] }));
    await using fresh = await startNginx({ routes }, { web: [app.port, cutting.port] });
    const usual = await retried(fresh, 10);

    assert.deepEqual([labelled, usual], [1, 5]);
  });

  test("so is a response that does not come in time", async () => {
    await using app = await startUpstream("web");
    await using silent = await startUpstream("silent", () => true);
    await using nginx = await startNginx(
      { routes, settings: { readTimeoutS: 1 } },
      { web: [app.port, watched(silent.port, 1, 10_000)] },
    );

    assert.equal(await retried(nginx, 6), 1);
    assert.equal(silent.seen.length, 1);
  });

  test("when all are set aside, all are asked: the first that is back is used at once", async () => {
    const ports = await Promise.all([1, 2].map(() => freePort()));
    await using nginx = await startNginx({ routes }, { web: ports.map((port) => watched(port, 1, 60_000)) });

    const refused = await ask(nginx.port);
    await using back = await startUpstream("back", undefined, ports[1]);
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push((await ask(nginx.port)).status);

    assert.equal(refused.status, 502);
    assert.deepEqual(new Set(answers), new Set([200]));
    assert.equal(back.seen.length, 4);
  });

  test("an endpoint that stays keeps its rest when others change, one that went and came back begins anew", async () => {
    await using app = await startUpstream("web");
    await using other = await startUpstream("other");
    const bad = watched(await freePort(), 1, 60_000);
    await using nginx = await startNginx({ routes }, { web: [app.port, bad] });

    const counts = [await retried(nginx, 4)];
    await nginx.set(upstreamEntries({ web: [app.port, bad, other.port] }));
    counts.push(await retried(nginx, 6));
    await nginx.set(upstreamEntries({ web: [app.port] }));
    counts.push(await retried(nginx, 1));
    await using back = await startUpstream("back", undefined, bad[1]);
    await nginx.set(upstreamEntries({ web: [app.port, bad] }));
    counts.push(await retried(nginx, 4));

    assert.deepEqual(counts, [1, 0, 0, 0]);
    assert.equal(back.seen.length, 2);
  });

  test("a sticky client's endpoint that is set aside is not asked for, and asked for again afterwards", async () => {
    await using app = await startUpstream("web");
    const bad = await freePort();
    const sticky = [{ host: "app.example", upstream: "web", sticky: { kind: "cookie", name: "s" } }] as const;
    await using nginx = await startNginx({ routes: sticky }, { web: [app.port, watched(bad, 1, 1_500)] });
    const clients = Array.from({ length: 20 }, (_, i) => ({ cookie: `s=${i}` }));
    const tried = async (): Promise<number> => {
      let count = 0;
      for (const headers of clients) {
        const answer = await ask(nginx.port, { headers });
        assert.equal(answer.status, 200);
        if (String(answer.headers["x-upstream-addr"]).includes(",")) count++;
      }
      return count;
    };

    const first = await tried();
    await sleep(1_600);
    await using back = await startUpstream("back", undefined, bad);
    const second = await tried();

    assert.deepEqual([first, second], [1, 0]);
    assert.ok(back.seen.length > 0);
  });
});
