/**
 * What one worker of several finds out about an endpoint, and what the others make of it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "./client.ts";
import { retried, watched } from "./failing.ts";
import { freePort, patience, startNginx, upstreamEntries } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { startUpstream } from "./upstream.ts";

const workers = 4;

/** Every connection is another's: the kernel spreads them over the workers. The access log says which. */
const sketch = {
  routes: [{ host: "app.example", upstream: "web" }],
  settings: { workerProcesses: workers, mainLogFormat: "'worker=$pid;'" },
};

/** Enough that each worker has some: one that had none would be as likely as one in 250,000. */
const enough = 60;

describeNginx("all workers of a proxy know which endpoints failed", () => {
  test("what one sets aside, none asks", async () => {
    await using app = await startUpstream("web");
    await using nginx = await startNginx(sketch, { web: [app.port, watched(await freePort(), 1, 60_000)] });

    const count = await retried(nginx, enough);

    assert.equal(count, 1);
    const served = (): ReadonlySet<string> => new Set(nginx.transcript().match(/worker=\d+;/g));
    for (let tries = 0; served().size < workers && tries < patience; tries++) await sleep(25);
    assert.equal(served().size, workers);
  });

  test("max_fails = 3: the failures all have seen are added up", async () => {
    await using app = await startUpstream("web");
    await using nginx = await startNginx(sketch, { web: [app.port, watched(await freePort(), 3, 60_000)] });

    assert.equal(await retried(nginx, enough), 3);
  });

  test("after its rest one asks once, one more failure is enough for all, and when it is back all use it", async () => {
    await using app = await startUpstream("web");
    const bad = await freePort();
    await using nginx = await startNginx(sketch, { web: [app.port, watched(bad, 3, 4_000)] });

    const before = await retried(nginx, 30);
    await sleep(4_100);
    const after = await retried(nginx, 30);
    await using back = await startUpstream("back", undefined, bad);
    await sleep(4_100);
    const since = await retried(nginx, 30);

    assert.deepEqual([before, after, since], [3, 1, 0]);
    assert.ok(back.seen.length > 5, `${back.seen.length} of 30`);
  });

  test("never are all set aside: the first that is back is used by all at once", async () => {
    const ports = await Promise.all([1, 2, 3].map(() => freePort()));
    await using nginx = await startNginx(sketch, { web: ports });

    const refused = new Set<number>();
    for (let i = 0; i < 20; i++) refused.add((await ask(nginx.port)).status);
    await using back = await startUpstream("back", undefined, ports[1]);
    const answers = new Set<number>();
    for (let i = 0; i < enough; i++) answers.add((await ask(nginx.port)).status);

    assert.deepEqual([refused, answers], [new Set([502]), new Set([200])]);
    assert.equal(back.seen.length, enough);
  });

  test("one that left the table and came back begins anew for all, also with what it was counted", async () => {
    await using app = await startUpstream("web");
    const resting = watched(await freePort(), 1, 60_000);
    const counted = watched(await freePort(), 3, 60_000);
    await using nginx = await startNginx(sketch, { web: [app.port, resting], other: [app.port, counted] });
    const other = async (): Promise<number> => {
      await nginx.set([["h:app.example", [{ path: "/", upstream: "other", profile: "default" }]]]);
      return retried(nginx, enough);
    };

    const first = [await retried(nginx, enough), await other()];
    await nginx.set(upstreamEntries({ web: [app.port] }), ["u:other"]);
    await nginx.set(upstreamEntries({ web: [app.port, resting], other: [app.port, counted] }));
    const second = [await other()];
    await nginx.set([["h:app.example", [{ path: "/", upstream: "web", profile: "default" }]]]);
    second.push(await retried(nginx, enough));

    assert.deepEqual(
      [first, second],
      [
        [1, 3],
        [3, 1],
      ],
    );
  });

  test("a reload changes nothing of it", async () => {
    await using app = await startUpstream("web");
    await using nginx = await startNginx(sketch, { web: [app.port, watched(await freePort(), 1, 60_000)] });

    const before = await retried(nginx, enough);
    await nginx.reload({ ...sketch, settings: { ...sketch.settings, keepaliveTimeout: "30s" } });

    assert.deepEqual([before, await retried(nginx, enough)], [1, 0]);
  });

  test("while it rests, its failures change nothing that workers look at", async () => {
    await using nginx = await startNginx(sketch, { web: [watched(await freePort(), 1, 60_000)] });

    await ask(nginx.port);
    const { generation } = await nginx.identity();
    for (let i = 0; i < enough; i++) assert.equal((await ask(nginx.port)).status, 502);

    assert.equal((await nginx.identity()).generation, generation);
  });

  test("where tables have taken all room no table is lost for it, and no request", async () => {
    await using app = await startUpstream("web");
    await using nginx = await startNginx(sketch, {
      web: [app.port, await freePort(), watched(await freePort(), 2, 60_000)],
    });
    const large = ["h:large.example", [{ path: `/${"a".repeat(31_000_000)}`, upstream: "web", profile: "default" }]];
    const small = Array.from({ length: 30_000 }, (_, i) => [`u:${100_000 + i}`, []]);

    const full = await nginx.control("POST", "/tables", { set: [large, ...small] });
    await retried(nginx, enough);
    const { body } = await nginx.control("GET", "/unreachable");
    const still = await nginx.control("POST", "/tables", { set: [["u:another", []]] });

    assert.deepEqual([full.status, still.status], [507, 507]);
    assert.equal(body, "[]");
    assert.doesNotMatch(nginx.transcript(), /\[error\].*lua/);
  });
});
