/**
 * The config service against a core that listens on loopback and says what a test wants.
 */
import { deepEqual, equal } from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { createClient, type Transport } from "@connectrpc/connect";
import { pino } from "pino";
import { Certifier } from "../certificates/certifier.ts";
import { certificateOf, keyOf, keyPem } from "../certificates/fixtures.ts";
import { Board } from "../deliver/board.ts";
import { Callers } from "../deliver/callers.ts";
import { Feedback } from "../deliver/feedback.ts";
import { Ledger } from "../deliver/ledger.ts";
import { Recall } from "../deliver/recall.ts";
import { coreServices } from "../deliver/services.ts";
import type { NginxSettings } from "../model/config.ts";
import type { DesiredCluster } from "../model/desired.ts";
import { parseHostName, unnamedCluster, type HostName } from "../model/names.ts";
import { coreTransport } from "../rpc/client.ts";
import { ConfigService } from "../rpc/gen/interlock/v1/config_pb.ts";
import { ExtensionService } from "../rpc/gen/interlock/v1/extension_pb.ts";
import { ProxyService } from "../rpc/gen/interlock/v1/proxy_pb.ts";
import { serve, type RpcServer } from "../rpc/server.ts";
import { offerFromWire, secretsFromWire } from "../rpc/translate.ts";
import { sleep } from "../runtime/wait.ts";
import { readSecrets, supply } from "./config-service.ts";

const log = pino({ level: "silent" });

const secret = { id: "id-both", name: "both" };

/** One host that wants a certificate. */
const cluster: DesiredCluster = {
  name: unnamedCluster,
  extension: "default",
  classic: false,
  structure: {
    cluster: unnamedCluster,
    settings: {} as NginxSettings,
    httpPort: 80,
    httpsPort: 443,
    publicHttpsPort: 443,
    routes: [],
    passthroughs: [],
  },
  endpoints: new Map(),
  names: new Map(),
  backends: [],
  certificates: [{ host: parseHostName("app.example") as HostName, service: "app", certificate: secret, key: secret }],
  networks: [],
};

/** A core that remembers for as long as it lives, and whom it heard. */
async function core(port: number, heard: ReadonlyMap<string, Uint8Array>[]): Promise<RpcServer> {
  return await serve("127.0.0.1", port, (router) => {
    router.service(ConfigService, {
      async *supplySecrets(request, context) {
        heard.push(secretsFromWire(request));
        yield {};
        await sleep(60_000, context.signal);
      },
    });
  });
}

async function until(is: () => boolean, t: TestContext): Promise<void> {
  while (!is()) await sleep(5, t.signal);
}

test("files are secrets by their names, as bytes; without a folder there are none", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "interlock-secrets-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "id-one"), Buffer.from([0, 255, 10]));
  await writeFile(join(folder, "interlock-token"), "not for core to keep");

  const secrets = await readSecrets(folder);

  deepEqual(
    [...secrets].map(([id, data]) => [id, [...data]]),
    [["id-one", [0, 255, 10]]],
  );
  equal((await readSecrets(join(folder, "none"))).size, 0);
});

test("secrets are handed over once, and again to a core that is new", { timeout: 30_000 }, async (t) => {
  const heard: ReadonlyMap<string, Uint8Array>[] = [];
  const first = await core(0, heard);
  const client = createClient(ConfigService, coreTransport(`127.0.0.1:${first.port}`));
  const controller = new AbortController();
  const running = supply(client, new Map([["id-one", Buffer.from("one")]]), log, controller.signal);

  await until(() => heard.length === 1, t);
  await first.close();
  const second = await core(first.port, heard);
  await until(() => heard.length === 2, t);
  controller.abort();
  await running;
  await second.close();

  deepEqual(
    heard.map((secrets) => [...secrets].map(([id, data]) => `${id}: ${Buffer.from(data).toString()}`)),
    [["id-one: one"], ["id-one: one"]],
  );
});

test("what is handed over is a certificate in the offers of that cluster's proxies", { timeout: 30_000 }, async (t) => {
  const ledger = new Ledger(() => performance.now());
  const callers = new Callers(() => {}, 20);
  const certifier = new Certifier({
    extensions: [],
    now: () => Date.parse("2026-12-01T00:00:00Z"),
    clock: () => performance.now(),
    onCertified: (cluster, table, statuses) => ledger.certify(cluster, table, statuses),
    onFindings: () => {},
  });
  const recall = new Recall({ onMemories: () => {} });
  const board = new Board({ version: "test", notices: [], ledger, look: () => ({}) });
  const server = await serve(
    "127.0.0.1",
    0,
    coreServices({
      ledger,
      callers,
      board,
      recall,
      secrets: certifier,
      feedback: new Feedback(() => {}),
      approve: () => "",
      log,
    }),
  );
  const controller = new AbortController();
  const { signal } = controller;
  t.after(async () => {
    controller.abort();
    await server.close();
  });
  ledger.want([cluster]);
  certifier.want([cluster]);
  const roles = ["extension", "proxy", "config"] as const;
  callers.update({
    byAddress: new Map(),
    byToken: new Map(roles.map((role) => [sha256(role), { role, cluster: cluster.name }])),
  });
  /** Each role shows its own name as its token. */
  const as = (role: (typeof roles)[number]): Transport =>
    coreTransport(`127.0.0.1:${server.port}`, (next) => (request) => {
      request.header.set("interlock-token", role);
      return next(request);
    });

  const extension = createClient(ExtensionService, as("extension"));
  for await (const { version } of extension.followStructure({}, { signal })) {
    await extension.returnBundle({ version, nginxConf: "events {}" });
    break;
  }
  const offers = createClient(ProxyService, as("proxy")).followOffers({}, { signal })[Symbol.asyncIterator]();
  const before = offerFromWire((await offers.next()).value);
  const key = keyOf();
  const pem = certificateOf({ key });
  const secrets = new Map([["id-both", Buffer.from(pem + keyPem(key))]]);
  const running = supply(createClient(ConfigService, as("config")), secrets, log, signal);
  const after = offerFromWire((await offers.next()).value);
  controller.abort();
  await running;

  deepEqual([...(before?.certificates ?? [])], [["app.example", "kept"]]);
  deepEqual([...(after?.certificates ?? [])], [["app.example", { certificatePem: pem, keyPem: keyPem(key) }]]);
});

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
