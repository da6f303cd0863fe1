/**
 * Core's listener as extensions, proxies and the CLI meet it: a real server and real clients over loopback.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { pino } from "pino";
import type { Caller } from "../model/caller.ts";
import type { NginxSettings } from "../model/config.ts";
import type { Backend, DesiredCluster, Route, RouteTable } from "../model/desired.ts";
import type { Memories } from "../model/memory.ts";
import { parseHostName, parseServiceClusterName, unnamedCluster, upstreamName, type HostName } from "../model/names.ts";
import { revisionOf, hashOf } from "../model/bundle.ts";
import type { Offer, Outcome } from "../model/offer.ts";
import { coreTransport } from "../rpc/client.ts";
import { ConfigService } from "../rpc/gen/interlock/v1/config_pb.ts";
import { ExtensionService, type FollowStructureResponse } from "../rpc/gen/interlock/v1/extension_pb.ts";
import { OperationsService } from "../rpc/gen/interlock/v1/operations_pb.ts";
import { ProxyService } from "../rpc/gen/interlock/v1/proxy_pb.ts";
import { serve } from "../rpc/server.ts";
import { routesToWire } from "../rpc/routes.ts";
import { offerFromWire, outcomeToWire, statusFromJson, structureFromWire } from "../rpc/translate.ts";
import { Board } from "./board.ts";
import { Callers } from "./callers.ts";
import { Feedback } from "./feedback.ts";
import { Ledger } from "./ledger.ts";
import { Turns } from "../runtime/turns.ts";
import { Recall } from "./recall.ts";
import { coreServices, type SecretIntake } from "./services.ts";

const hourMs = 3_600_000;
const dev = parseServiceClusterName("dev") ?? unnamedCluster;
const prod = parseServiceClusterName("prod") ?? unnamedCluster;
const host = parseHostName("web.example") as HostName;
const web = upstreamName(["web"]);
const extension: Caller = { role: "extension", cluster: dev, task: "e1", node: "node1" };
const proxy: Caller = { role: "proxy", cluster: dev, task: "p1", node: "node2" };
const config: Caller = { role: "config", cluster: dev, task: "c1", node: "node3" };

function desired(cluster: typeof dev): DesiredCluster {
  return {
    name: cluster,
    extension: cluster,
    classic: false,
    structure: {
      cluster,
      settings: { maxConnections: 7 } as NginxSettings,
      httpPort: 80,
      httpsPort: 443,
      publicHttpsPort: 8443,
      routes: [{ host, path: "/", upstream: web, profile: "default" }],
      passthroughs: [],
    },
    endpoints: new Map([[web, [{ address: "10.0.0.3", port: 8080 }]]]),
    names: new Map([[web, [{ name: "tasks.web.apps", port: 8080 }]]]),
    backends: [],
    certificates: [],
    networks: [],
  };
}

/** A core that listens on loopback until the test ends, and clients of each of its services. */
async function core(t: TestContext) {
  const ledger = new Ledger(() => performance.now());
  const callers = new Callers(() => {}, 20);
  const board = new Board({ version: "test", notices: [], ledger, look: () => ({ ageMs: 100 }) });
  const log = pino({ level: "silent" });
  const supplied: { cluster: string; secrets: ReadonlyMap<string, Uint8Array> }[] = [];
  const secrets: SecretIntake = {
    supply: (cluster, each) => {
      const entry = { cluster, secrets: each };
      supplied.push(entry);
      return () => supplied.splice(supplied.indexOf(entry), 1);
    },
  };
  let held = "a look that lacks all";
  const approve = (): string => {
    const approved = held;
    held = "";
    return approved;
  };
  const looks: string[][] = [];
  const feedback = new Feedback((services) => looks.push([...services]));
  const remembered: { cluster: string; memories: Memories }[] = [];
  const recall = new Recall({ onMemories: (cluster, memories) => remembered.push({ cluster, memories }) });
  const server = await serve(
    "127.0.0.1",
    0,
    coreServices({ ledger, callers, board, recall, secrets, feedback, approve, log, longOffers: new Turns(1, hourMs) }),
  );
  t.after(() => server.close());
  const transport = coreTransport(`127.0.0.1:${server.port}`);
  const controller = new AbortController();
  t.after(() => controller.abort());
  let known: ReadonlyMap<string, Caller> = new Map();
  return {
    ledger,
    port: server.port,
    /** The services that a look was asked for, look by look. */
    looks,
    recall,
    /** What proxies that were asked remembered. */
    remembered,
    /** What config services that are connected have handed over. */
    supplied,
    configs: createClient(ConfigService, transport),
    extensions: createClient(ExtensionService, transport),
    proxies: createClient(ProxyService, transport),
    operations: createClient(OperationsService, transport),
    /** The status as the operator, who calls from elsewhere, gets it. */
    statusJson: async (): Promise<string> => {
      callers.update({ byAddress: new Map(), byToken: new Map() });
      const { statusJson } = await createClient(OperationsService, transport).getStatus({});
      callers.update({ byAddress: known, byToken: new Map() });
      return statusJson;
    },
    /** From now on, whoever calls from this machine is this caller. */
    callFrom: (caller: Caller): void => {
      known = new Map([["127.0.0.1", caller]]);
      callers.update({ byAddress: known, byToken: new Map() });
    },
    /** From now on, whoever calls from this machine is nobody core knows. */
    callFromElsewhere: (): void => callers.update({ byAddress: new Map(), byToken: new Map() }),
    signal: controller.signal,
  };
}

async function first<T>(stream: AsyncIterable<T>): Promise<T> {
  for await (const message of stream) return message;
  return assert.fail("the stream ended");
}

async function refused(call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => ConnectError.from(error).code === Code.PermissionDenied);
}

test("an address that no task of this core has is refused everything that belongs to a cluster", async (t) => {
  const { ledger, extensions, proxies, configs, signal } = await core(t);
  ledger.want([desired(dev)]);

  await refused(first(extensions.followStructure({}, { signal })));
  await refused(extensions.returnBundle({ version: 1n, nginxConf: "x" }));
  await refused(first(proxies.followOffers({}, { signal })));
  await refused(proxies.reportOutcome({ sequence: 1n }));
  await refused(proxies.reportUnreachable({ endpoints: [{ address: "10.0.0.3", port: 8080 }] }));
  await refused(proxies.reportMemory({}));
  await refused(first(configs.supplySecrets({}, { signal })));
});

test("a proxy cannot speak as an extension, nor an extension as a proxy", async (t) => {
  const { ledger, extensions, proxies, callFrom, signal } = await core(t);
  ledger.want([desired(dev)]);

  callFrom(proxy);
  await refused(first(extensions.followStructure({}, { signal })));
  await refused(extensions.returnBundle({ version: 1n, nginxConf: "x" }));
  callFrom(extension);
  await refused(first(proxies.followOffers({}, { signal })));
  await refused(proxies.reportOutcome({ sequence: 1n }));
  await refused(proxies.reportMemory({}));
});

test("a caller gets its own cluster whatever other clusters there are", async (t) => {
  const { ledger, extensions, callFrom, signal } = await core(t);
  ledger.want([desired(dev), desired(prod)]);

  callFrom({ ...extension, cluster: prod });

  assert.equal((await first(extensions.followStructure({}, { signal }))).cluster, "prod");
});

test(
  "a config service hands over secrets for its own cluster, for as long as it is connected",
  { timeout: 10_000 },
  async (t) => {
    const { ledger, configs, supplied, callFrom } = await core(t);
    ledger.want([desired(dev), desired(prod)]);
    const leaving = new AbortController();

    callFrom({ ...config, cluster: prod });
    const secrets = [{ id: "s1", data: Buffer.from("one") }];
    const heartbeats = configs.supplySecrets({ secrets }, { signal: leaving.signal })[Symbol.asyncIterator]();
    await heartbeats.next();

    assert.deepEqual(
      supplied.map(({ cluster, secrets: each }) => [
        cluster,
        [...each].map(([id, data]) => [id, String(Buffer.from(data))]),
      ]),
      [["prod", [["s1", "one"]]]],
    );
    leaving.abort();
    await assert.rejects(heartbeats.next());
    while (supplied.length > 0) await new Promise((resolve) => setImmediate(resolve));
  },
);

test("only a config service can hand over secrets", async (t) => {
  const { ledger, configs, supplied, callFrom, signal } = await core(t);
  ledger.want([desired(dev)]);

  for (const caller of [extension, proxy]) {
    callFrom(caller);
    await refused(first(configs.supplySecrets({ secrets: [{ id: "s1" }] }, { signal })));
  }

  assert.deepEqual(supplied, []);
});

test("an extension that renders a template gets the backends, and a changed endpoint as a new structure", async (t) => {
  const { ledger, extensions, callFrom, signal } = await core(t);
  const backend = (port: number): Backend => ({
    host,
    service: "web",
    endpoints: [{ address: "10.0.0.3", port }],
    defaultBackend: false,
    redirects: [],
    contextRoots: [],
    rewrite: false,
    websocketEndpoints: [],
    tlsBackend: false,
    passthrough: false,
  });
  ledger.want([{ ...desired(dev), backends: [backend(80)] }]);
  callFrom(extension);

  const structures = extensions.followStructure({ template: true }, { signal })[Symbol.asyncIterator]();
  const one = structureFromWire((await structures.next()).value);
  ledger.want([{ ...desired(dev), backends: [backend(81)] }]);
  const two = structureFromWire((await structures.next()).value);
  const said = ledger.status()[0]?.template;
  const plain = structureFromWire(await first(extensions.followStructure({}, { signal })));

  assert.deepEqual(one.backends, [backend(80)]);
  assert.deepEqual(two.backends, [backend(81)]);
  assert.equal(plain.backends, undefined);
  assert.deepEqual([said, ledger.status()[0]?.template], [true, undefined]);
});

test("a structure is rendered, offered, applied and seen in the status", async (t) => {
  const { ledger, extensions, proxies, statusJson, callFrom, signal } = await core(t);
  ledger.want([desired(dev)]);

  callFrom(extension);
  const message = await first(extensions.followStructure({}, { signal }));
  const structure = structureFromWire(message);
  assert.deepEqual(structure, desired(dev).structure);
  const routes: RouteTable = new Map([[host, [{ path: "/", upstream: web, profile: "default" }]]]);
  await extensions.returnBundle({ version: message.version, nginxConf: "events {}", routes: routesToWire(routes) });

  callFrom(proxy);
  const offers = proxies.followOffers({}, { signal })[Symbol.asyncIterator]();
  const offer = offerFromWire((await offers.next()).value);
  const expected: Offer = {
    sequence: 1,
    whole: true,
    nginxConf: "events {}",
    routes,
    removedHosts: [],
    endpoints: desired(dev).endpoints,
    names: desired(dev).names,
    removedUpstreams: [],
    certificates: new Map(),
    removedCertificates: [],
  };
  assert.deepEqual(offer, expected);
  const serving = { structure: hashOf("events {}"), revision: revisionOf(hashOf("events {}"), routes) };
  const outcome: Outcome = { kind: "applied", sequence: 1, serving, reloaded: false };
  await proxies.reportOutcome(outcomeToWire(outcome));

  const status = statusFromJson(await statusJson());
  assert.equal(status.lookAgeS, 0.1);
  assert.deepEqual(status.clusters[0]?.proxies, [{ task: "p1", node: "node2", ...serving, state: "current" }]);
  assert.deepEqual(status.clusters[0]?.routes, [
    { host: "web.example", path: "/", upstream: "web", endpoints: ["10.0.0.3:8080"] },
  ]);
});

test("an extension that takes changes gets the hosts that differ, and may return those", async (t) => {
  const { ledger, extensions, proxies, callFrom, signal } = await core(t);
  const serving = (...hosts: string[]): DesiredCluster => {
    const one = desired(dev);
    const routes = hosts.map((each): Route => ({
      host: parseHostName(each) ?? "*",
      path: "/",
      upstream: web,
      profile: "default",
    }));
    return { ...one, structure: { ...one.structure, routes } };
  };
  ledger.want([serving("a.example", "b.example", "c.example")]);
  callFrom(extension);
  const structures = extensions.followStructure({ changes: true }, { signal })[Symbol.asyncIterator]();
  const whole: FollowStructureResponse = (await structures.next()).value;
  await extensions.returnBundle({ version: whole.version, nginxConf: "events {}", routes: whole.routes });

  ledger.want([serving("a.example", "c.example", "d.example")]);
  const { version, since, routes, removedHosts }: FollowStructureResponse = (await structures.next()).value;
  await extensions.returnBundle({ version, nginxConf: "events {}", since, routes, removedHosts });

  assert.deepEqual([whole.since, whole.routes.length], [0n, 3]);
  assert.deepEqual(
    [since, routes.map((each) => each.host), removedHosts],
    [whole.version, ["d.example"], ["b.example"]],
  );
  callFrom(proxy);
  const offers = proxies.followOffers({}, { signal })[Symbol.asyncIterator]();
  const offer = offerFromWire((await offers.next()).value);
  assert.deepEqual([...(offer?.routes.keys() ?? [])].toSorted(), ["a.example", "c.example", "d.example"]);
});

test("of what another task returned, or the same one over an earlier stream, no change is taken", async (t) => {
  const { ledger, extensions, callFrom, signal } = await core(t);
  ledger.want([desired(dev)]);
  callFrom(extension);
  const follow = async (): Promise<FollowStructureResponse> =>
    (await extensions.followStructure({ changes: true }, { signal })[Symbol.asyncIterator]().next()).value;
  const { version } = await follow();
  const change = { version, nginxConf: "events {}", since: version, routes: [] };
  await extensions.returnBundle({ version, nginxConf: "events {}" });
  await extensions.returnBundle(change);

  callFrom({ ...extension, task: "e2" });
  await assert.rejects(extensions.returnBundle(change), failedPrecondition);
  callFrom(extension);
  await follow();
  await assert.rejects(extensions.returnBundle(change), failedPrecondition);
});

function failedPrecondition(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.FailedPrecondition;
}

test("what a proxy cannot reach leads to a look at the service behind it", async (t) => {
  const { ledger, proxies, callFrom, looks } = await core(t);
  ledger.want([desired(dev)]);
  callFrom(proxy);

  await proxies.reportUnreachable({ endpoints: [{ address: "10.0.0.9", port: 8080 }] });
  await proxies.reportUnreachable({ endpoints: [{ address: "10.0.0.3", port: 8080 }] });

  assert.deepEqual(looks, [["web"]]);
});

test("a proxy is asked for what it keeps before it is offered anything, and answers for its own cluster", async (t) => {
  const { ledger, recall, remembered, extensions, proxies, callFrom, signal } = await core(t);
  recall.begin(new Set(["web"]), undefined);
  ledger.want([desired(dev)]);
  callFrom(extension);
  const { version } = await first(extensions.followStructure({}, { signal }));
  await extensions.returnBundle({ version, nginxConf: "events {}" });
  callFrom(proxy);
  const offers = proxies.followOffers({ structure: "s", revision: "r" }, { signal })[Symbol.asyncIterator]();

  const asked = (await offers.next()).value;
  await proxies.reportMemory({
    memories: [
      { service: "web", json: '{"labels":{"com.docker.lb.port":"80"}}' },
      { service: "other", json: '{"labels":{}}' },
    ],
  });
  const offered = (await offers.next()).value;

  assert.deepEqual([asked.recall, asked.recalled, offerFromWire(asked)], [true, ["web"], undefined]);
  assert.deepEqual(remembered, [
    { cluster: "dev", memories: new Map([["web", { labels: { "com.docker.lb.port": "80" } }]]) },
  ]);
  assert.deepEqual([offered.recall, offerFromWire(offered)?.whole], [false, true]);
});

test("long offers are written one after the other, here: whoever does not take its own holds up the next until it leaves", async (t) => {
  const { ledger, extensions, proxies, port, callFrom, signal } = await core(t);
  const hosts = Array.from({ length: 5_000 }, (_, n) => parseHostName(`web-${n}.example`) as HostName);
  const routes: RouteTable = new Map(hosts.map((each) => [each, [{ path: "/", upstream: web, profile: "default" }]]));
  ledger.want([desired(dev)]);
  callFrom(extension);
  const { version } = await first(extensions.followStructure({}, { signal }));
  await extensions.returnBundle({ version, nginxConf: "events {}", routes: routesToWire(routes) });
  callFrom(proxy);

  const stuck = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 0 } });
  const headers = { ":method": "POST", ":path": "/interlock.v1.ProxyService/FollowOffers" };
  const request = stuck.request({ ...headers, "content-type": "application/grpc" });
  request.end(Buffer.alloc(5));
  await once(request, "response");
  const offer = first(proxies.followOffers({}, { signal }));
  const size = (async () => offerFromWire(await offer)?.routes.size)();
  const early = await Promise.race([size, sleep(200, "nothing yet")]);
  stuck.destroy();

  assert.equal(early, "nothing yet");
  assert.equal(await size, 5_000);
});

test("a structure that cannot be rendered and one that nginx refuses are in the status with their reasons", async (t) => {
  const { ledger, extensions, proxies, statusJson, callFrom, signal } = await core(t);
  ledger.want([desired(dev)]);
  const cluster = async () => statusFromJson(await statusJson()).clusters[0];

  callFrom(extension);
  const { version } = await first(extensions.followStructure({}, { signal }));
  await extensions.returnBundle({ version, failure: "a setting cannot be written" });
  assert.equal((await cluster())?.renderFailure, "a setting cannot be written");

  await extensions.returnBundle({ version, nginxConf: "nonsense" });
  callFrom(proxy);
  const offers = proxies.followOffers({}, { signal })[Symbol.asyncIterator]();
  await offers.next();
  const serving = { structure: hashOf(""), revision: hashOf("") };
  const outcome: Outcome = {
    kind: "refused",
    sequence: 1,
    serving,
    structure: hashOf("nonsense"),
    reason: "unknown directive",
  };
  await proxies.reportOutcome(outcomeToWire(outcome));

  const status = await cluster();
  assert.equal(status?.renderFailure, undefined);
  assert.equal(status?.proxies[0]?.state, "refused");
  assert.equal(status?.proxies[0]?.reason, "unknown directive");
});

test("who leaves is in the status no more", { timeout: 10_000 }, async (t) => {
  const { ledger, proxies, extensions, statusJson, callFrom } = await core(t);
  ledger.want([desired(dev)]);
  const cluster = async () => statusFromJson(await statusJson()).clusters[0];
  const leaving = new AbortController();
  callFrom(extension);
  const structures = extensions.followStructure({}, { signal: leaving.signal })[Symbol.asyncIterator]();
  await structures.next();
  callFrom(proxy);
  const offers = proxies.followOffers({}, { signal: leaving.signal })[Symbol.asyncIterator]();
  await offers.next();
  assert.equal((await cluster())?.extensionConnected, true);
  assert.equal((await cluster())?.proxies.length, 1);

  leaving.abort();

  await assert.rejects(structures.next());
  await assert.rejects(offers.next());
  while ((await cluster())?.extensionConnected !== false || (await cluster())?.proxies.length !== 0) {
    // Asking again is the waiting: every question is a round trip.
    t.signal.throwIfAborted();
  }
});

test("the status needs no identity", async (t) => {
  const { statusJson } = await core(t);

  const status = statusFromJson(await statusJson());

  assert.equal(status.version, "test");
  assert.deepEqual(status.clusters, []);
});

test("an extension or a proxy may not ask for the status: it tells of other clusters", async (t) => {
  const { operations, callFrom } = await core(t);

  callFrom(proxy);

  await refused(operations.getStatus({}));
});

test("the operator's word lets through what is held back, and says what that was; a role's word counts for nothing", async (t) => {
  const { operations, callFrom, callFromElsewhere } = await core(t);

  callFrom(proxy);
  await refused(operations.approve({}));
  callFromElsewhere();
  const first = await operations.approve({});
  const second = await operations.approve({});

  assert.equal(first.approved, "a look that lacks all");
  assert.equal(second.approved, "");
});
