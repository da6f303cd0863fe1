/**
 * Certificates on their way through the agent: offered by core, shown by nginx, in memory only.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Certificate } from "../../src/model/desired.ts";
import type { HostName } from "../../src/model/names.ts";
import { TestAgent, until } from "./agent-harness.ts";
import { stageAgent } from "./agent-stage.ts";
import { selfSigned } from "./authority.ts";
import { ask, askApp } from "./client.ts";
import { skipReason as skip } from "./root.ts";
import { noCertificate, shown } from "./tls-client.ts";

const app = "app.example" as HostName;
const other = "other.example" as HostName;

/** A certificate for a host, as core offers it. */
function certificateFor(...names: readonly string[]): Certificate {
  const { cert, key } = selfSigned(...names);
  return { certificatePem: cert, keyPem: key };
}

/** Every file below `/run/interlock` and `/var/lib/interlock`, and what agent and nginx have written. */
function everythingWritten(agent: TestAgent): string {
  const files = globSync("**/*", { cwd: agent.folder, exclude: (name) => name.endsWith(".sock") })
    .map((name) => join(agent.folder, name))
    .filter((path) => statSync(path).isFile());
  assert.ok(
    files.some((path) => path.endsWith("tables.json")),
    "the last good is there",
  );
  return files.map((path) => readFileSync(path, "latin1")).join("\n");
}

function assertUnwritten(agent: TestAgent, { certificatePem, keyPem }: Certificate): void {
  const written = everythingWritten(agent);
  for (const line of [...certificatePem.split("\n"), ...keyPem.split("\n")].filter((text) => text.length > 16))
    assert.ok(!written.includes(line), line);
}

test(
  "a certificate core offers is shown by its name, renewed without a reload, and is in no file and no log",
  { skip },
  async () => {
    await using stage = await stageAgent();
    const { core, agent, httpsPort } = stage;
    const [first, renewed] = [certificateFor("app.example"), certificateFor("renewed.example")];
    const before = await agent.identity();
    assert.equal(await shown(httpsPort, app), noCertificate);

    core.offer({ certificates: new Map([[app, first]]) });
    assert.equal((await core.outcome()).kind, "applied");
    assert.equal(await shown(httpsPort, app), "app.example");
    assert.equal(await shown(httpsPort, other), noCertificate);
    core.offer({ certificates: new Map([[app, renewed]]) });
    await core.outcome();
    assert.equal(await shown(httpsPort, app), "renewed.example");

    assert.equal((await agent.identity())?.pid, before?.pid);
    await until(
      "the last good is written",
      () => globSync("state/last-good/tables.json", { cwd: agent.folder }).length > 0,
    );
    for (const each of [first, renewed]) assertUnwritten(agent, each);
  },
);

test("certificates outlive a reload, and come back with an nginx that ended", { skip }, async () => {
  await using stage = await stageAgent();
  const { core, agent, httpsPort, rendered } = stage;
  core.offer({ certificates: new Map([[app, certificateFor("app.example")]]) });
  await core.outcome();

  const next = rendered({ settings: { keepaliveTimeout: "30s" } });
  core.offer({ nginxConf: next.nginxConf });
  const reloaded = await core.outcome();
  assert.ok(reloaded.kind === "applied" && reloaded.reloaded);
  assert.equal(await shown(httpsPort, app), "app.example");

  agent.killNginx();
  await until("its certificate is shown again", async () => {
    return (await shown(httpsPort, app).catch(() => "")) === "app.example";
  });
});

test(
  "a host keeps its certificate while core has none for it, and loses it when core takes it away",
  { skip },
  async () => {
    await using stage = await stageAgent();
    const { core, httpsPort, bundle } = stage;
    core.offer({
      certificates: new Map([
        [app, certificateFor("app.example")],
        [other, certificateFor("other.example")],
      ]),
    });
    await core.outcome();

    core.offer({ whole: true, routes: bundle.routes, certificates: new Map([[app, "kept"]]) });
    await core.outcome();
    assert.equal(await shown(httpsPort, app), "app.example");
    assert.equal(await shown(httpsPort, other), noCertificate);

    core.offer({ removedCertificates: [app] });
    await core.outcome();
    assert.equal(await shown(httpsPort, app), noCertificate);
  },
);

test("a certificate nginx refuses costs its own host only, and core is told", { skip }, async () => {
  await using stage = await stageAgent();
  const { core, agent, httpsPort, port } = stage;
  const good = certificateFor("app.example");
  const bad: Certificate = { certificatePem: "no certificate", keyPem: "a key that nobody may see" };

  core.offer({
    routes: new Map(),
    certificates: new Map([
      [other, bad],
      [app, good],
    ]),
  });
  const outcome = await core.outcome();

  assert.equal(outcome.trouble, "nginx refuses the certificate of other.example");
  assert.equal(await shown(httpsPort, app), "app.example");
  assert.equal((await askApp(port)).name, "one");
  assert.ok(!agent.transcript().includes(bad.keyPem));

  core.offer({ certificates: new Map([[other, certificateFor("other.example")]]) });
  assert.equal((await core.outcome()).trouble, undefined);
  assert.equal(await shown(httpsPort, other), "other.example");
});

test(
  "a proxy started anew while core is away serves its routes and refuses handshakes, until core is back",
  { skip },
  async () => {
    await using stage = await stageAgent();
    const { core, agent, httpsPort, port, bundle } = stage;
    const certificate = certificateFor("app.example");
    core.offer({ certificates: new Map([[app, certificate]]) });
    await core.outcome();
    await until(
      "the last good is written",
      () => globSync("state/last-good/tables.json", { cwd: agent.folder }).length > 0,
    );

    await core.close();
    await agent.kill();
    await using again = TestAgent.start({ corePort: core.port, folder: agent.folder });
    await until("it serves from last good", async () => (await ask(port).catch(() => undefined))?.status === 200);
    await until("it refuses the handshake", async () => (await shown(httpsPort, app)) === noCertificate);
    assertUnwritten(again, certificate);

    core.first = {
      routes: bundle.routes,
      endpoints: core.first.endpoints ?? new Map(),
      certificates: new Map([[app, certificate]]),
    };
    await core.open();
    await until("its certificate is shown", async () => (await shown(httpsPort, app)) === "app.example");
  },
);
