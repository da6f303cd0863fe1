/**
 * The address that tells a load balancer in front whether a proxy should get new requests.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { selfSigned } from "./authority.ts";
import { ask } from "./client.ts";
import { certificateEntries, hostEntries, startEmptyNginx, startNginx, upstreamEntries } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { startTemplateNginx } from "./template-nginx.ts";
import { askTls } from "./tls-client.ts";
import { startUpstream } from "./upstream.ts";

const path = "/_interlock/health";
const routes = [
  { host: "app.example", upstream: "web" },
  { host: "*", upstream: "web" },
];

describeNginx("the health address", () => {
  test("is answered on every host and both ports, by GET and HEAD, and is in no access log", async () => {
    await using web = await startUpstream("web");
    await using nginx = await startNginx({ routes }, { web: [web.port] });
    await nginx.set(certificateEntries({ "app.example": selfSigned("app.example") }));

    const plain = await ask(nginx.port, { path });
    const head = await ask(nginx.port, { path, host: "10.0.0.1:80", method: "HEAD" });
    const tls = await askTls(nginx.httpsPort, { path });
    const below = await ask(nginx.port, { path: `${path}/more` });
    await ask(nginx.port, { path: "/last" });

    for (const answer of [plain, tls]) assert.deepEqual([answer.status, answer.body], [200, "serving\n"]);
    assert.deepEqual([head.status, head.body], [200, ""]);
    assert.deepEqual([plain.headers.connection, plain.headers["cache-control"]], ["close", "no-store"]);
    assert.equal(below.status, 200);
    // Only what is not this very path reaches applications.
    assert.deepEqual(
      web.seen.map(({ url }) => url),
      [`${path}/more`, "/last"],
    );
    assert.doesNotMatch(nginx.transcript(), /_interlock\/health HTTP/);
  });

  test("rules that an operator has for applications are not for it", async () => {
    await using web = await startUpstream("web");
    await using nginx = await startNginx(
      { routes, settings: { httpOptions: ["deny 127.0.0.1;"] } },
      { web: [web.port] },
    );

    assert.equal((await ask(nginx.port)).status, 403);
    assert.equal((await ask(nginx.port, { path })).status, 200);
  });

  test("says starting until the tables are there, routes and certificates", async () => {
    await using nginx = await startEmptyNginx({});
    const health = async (): Promise<string> => {
      const { status, body } = await ask(nginx.port, { path });
      return `${status} ${body.trim()}`;
    };

    const answers = [await health()];
    await nginx.ready("routes");
    answers.push(await health());
    await nginx.ready("certificates");
    answers.push(await health());

    assert.deepEqual(answers, ["503 starting", "503 starting", "200 serving"]);
  });

  test("says draining once the proxy leaves, which goes on serving and closes connections, whatever else ends its draining", async () => {
    await using web = await startUpstream("web");
    await using nginx = await startEmptyNginx({ routes });
    await nginx.set([...upstreamEntries({ web: [web.port] }), ...hostEntries(nginx.bundle)]);
    await nginx.ready("routes", "certificates");

    await nginx.control("POST", "/drain", { seconds: 30 });
    const reloading = await ask(nginx.port, { path });
    await nginx.control("POST", "/drain", { seconds: 0, leaving: true });
    await nginx.control("POST", "/drain", { seconds: 0 });
    const leaving = await ask(nginx.port, { path });
    const served = await ask(nginx.port);

    assert.deepEqual([reloading.status, leaving.status, leaving.body], [200, 503, "draining\n"]);
    assert.deepEqual([served.status, served.headers.connection], [200, "close"]);
  });

  test("is in an operator's template where it is put as documented, and knows of draining there", async () => {
    const location = `location = ${path} { content_by_lua_block { require("health").answer() } }`;
    await using nginx = await startTemplateNginx({
      backends: [],
      template: `events {} http { server { listen {{ .Port }}; ${location} location / { return 404; } } }`,
    });

    const answers = [(await ask(nginx.port, { path })).status, (await ask(nginx.port)).status];
    await nginx.control("POST", "/drain", { seconds: 0, leaving: true });
    answers.push((await ask(nginx.port, { path })).status);

    assert.deepEqual(answers, [200, 404, 503]);
  });
});
