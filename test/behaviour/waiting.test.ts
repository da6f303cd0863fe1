/**
 * Never up and empty: what comes between nginx's start and its tables waits for them.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { RouteSketch } from "../golden/structure.ts";
import { selfSigned } from "./authority.ts";
import { ask, askApp } from "./client.ts";
import { certificateEntries, hostEntries, startEmptyNginx, upstreamEntries } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { askTls, greet, noCertificate, shakeHands, shown } from "./tls-client.ts";
import { startUpstream } from "./upstream.ts";

const routes: readonly RouteSketch[] = [
  { host: "app.example", upstream: "web" },
  { host: "below.example", path: "/below", strip: true, upstream: "web" },
  { host: "*", upstream: "other" },
];

/** What a promise came to so far. */
function progress<T>(promise: Promise<T>): { readonly settled: () => boolean; readonly promise: Promise<T> } {
  let is = false;
  const done = promise.finally(() => (is = true));
  done.catch(() => {});
  return { settled: () => is, promise: done };
}

describeNginx("an nginx whose tables are not there yet", () => {
  test("requests wait, also while some of the tables are there, and then get exactly what they asked for", async () => {
    await using web = await startUpstream("web");
    await using other = await startUpstream("other");
    await using nginx = await startEmptyNginx({ routes, settings: { workerProcesses: 2 } });
    const body = "x".repeat(50_000);
    const asked = progress(
      Promise.all([
        askApp(nginx.port, { method: "POST", path: "/a%20b//c?d=e", body, headers: { "x-a": "b" } }),
        askApp(nginx.port, { host: "below.example", path: "/below/a%20b" }),
        askApp(nginx.port, { host: "unknown.example", path: "/x" }),
      ]),
    );

    // With the default backend alone, app.example would be answered by the wrong application.
    const entries = hostEntries(nginx.bundle);
    await nginx.set([
      ...upstreamEntries({ web: [web.port], other: [other.port] }),
      ...entries.filter(([key]) => key === "h:*"),
    ]);
    await sleep(300);
    assert.equal(asked.settled(), false);
    await nginx.set(entries);
    await nginx.ready("routes");
    const [post, below, unknown] = await asked.promise;

    assert.deepEqual(
      [post.name, post.method, post.url, post.body.length, post.headers["x-a"], post.headers["host"]],
      ["web", "POST", "/a%20b//c?d=e", 50_000, "b", "app.example"],
    );
    assert.deepEqual([below.name, below.url, unknown.name], ["web", "/a%20b", "other"]);
  });

  test("an address nobody published is still refused when the tables are there", async () => {
    await using nginx = await startEmptyNginx({});
    const asked = progress(ask(nginx.port));

    await sleep(200);
    assert.equal(asked.settled(), false);
    await nginx.ready("routes");

    assert.equal((await asked.promise).status, 503);
  });

  test("handshakes wait for the certificates, requests do not", async () => {
    await using web = await startUpstream("web");
    await using nginx = await startEmptyNginx({ routes });
    const certificates = certificateEntries({ "app.example": selfSigned("app.example") });
    const [greeted, asked, refused] = [
      progress(shown(nginx.httpsPort, "app.example")),
      progress(askTls(nginx.httpsPort)),
      progress(shown(nginx.httpsPort, "else.example")),
    ];

    await nginx.set([...upstreamEntries({ web: [web.port] }), ...hostEntries(nginx.bundle)]);
    await nginx.ready("routes");
    assert.equal((await ask(nginx.port)).status, 200);
    await sleep(200);
    assert.deepEqual([greeted.settled(), asked.settled(), refused.settled()], [false, false, false]);
    await nginx.set(certificates);
    await nginx.ready("certificates");

    assert.deepEqual(
      [await greeted.promise, (await asked.promise).status, await refused.promise],
      ["app.example", 200, noCertificate],
    );
  });

  test("a session begun by a handshake that waited does not outlive its host's certificate", async () => {
    await using nginx = await startEmptyNginx({ routes });
    const waiting = greet(nginx.httpsPort, { maxVersion: "TLSv1.2" });
    await sleep(200);
    await nginx.set(certificateEntries({ "app.example": selfSigned("app.example") }));
    await nginx.ready("routes", "certificates");
    const first = await waiting;
    const session = first.getSession();
    first.destroy();
    assert.ok(session !== undefined);

    const { resumed } = await shakeHands(nginx.httpsPort, { maxVersion: "TLSv1.2", session });
    await nginx.set([], ["c:app.example"]);
    const afterwards = await shown(nginx.httpsPort, "app.example", { maxVersion: "TLSv1.2", session });

    assert.deepEqual([resumed, afterwards], [false, noCertificate]);
  });

  test("who waits for tables that never come is answered as if there were none", async () => {
    await using nginx = await startEmptyNginx({});

    const [{ status }, handshake] = await Promise.all([ask(nginx.port), shown(nginx.httpsPort, "app.example")]);
    const startedMs = performance.now();
    await ask(nginx.port);

    assert.deepEqual([status, handshake], [503, noCertificate]);
    assert.ok(performance.now() - startedMs < 2_000, "a later request does not wait again");
  });

  test("neither a worker that takes another's place nor a reload makes anybody wait again", async () => {
    await using web = await startUpstream("web");
    await using nginx = await startEmptyNginx({ routes });
    await nginx.set([...upstreamEntries({ web: [web.port] }), ...hostEntries(nginx.bundle)]);
    await nginx.ready("routes", "certificates");
    const { pid, generation } = await nginx.identity();

    await nginx.reload({ routes, settings: { keepaliveTimeout: "30s" } });

    const after = await nginx.identity();
    assert.notEqual(after.pid, pid);
    assert.equal(after.generation, generation);
    assert.equal((await ask(nginx.port, { path: "/_interlock/health" })).body, "serving\n");
  });

  test("a part nobody knows is refused, and nothing of the change is applied", async () => {
    await using nginx = await startEmptyNginx({ routes });

    const set = hostEntries(nginx.bundle);
    const answers = [];
    for (const ready of [["routs"], "routes", [1]])
      answers.push((await nginx.control("POST", "/tables", { set, ready })).status);
    await nginx.ready("routes");

    assert.deepEqual(answers, [400, 400, 400]);
    assert.equal((await ask(nginx.port)).status, 503);
    assert.match((await ask(nginx.port)).body, /No application is published/);
  });
});
