import assert from "node:assert/strict";
import { test } from "node:test";
import { bundleOf, type Bundle } from "../model/bundle.ts";
import type { NginxSettings } from "../model/config.ts";
import type { Certificate, DesiredCluster, Endpoint } from "../model/desired.ts";
import type { Memory } from "../model/memory.ts";
import { parseHostName, unnamedCluster, upstreamName, wireRevision, type HostName } from "../model/names.ts";
import { nothingOffered, type Offer, type Serving, type Word } from "../model/offer.ts";
import { readPrinted } from "../rpc/printed.ts";
import { ClusterLedger } from "./cluster.ts";

const nothing: Serving = { structure: wireRevision(""), revision: wireRevision("") };
const endpoint: Endpoint = { address: "10.0.0.1", port: 80 };
const host = parseHostName("a.example") as HostName;

const red: Certificate = { certificatePem: "red", keyPem: "red key" };
const blue: Certificate = { certificatePem: "blue", keyPem: "blue key" };

function desired(services: string[], endpoints: Endpoint[] = [endpoint]): DesiredCluster {
  const upstream = upstreamName(services);
  return {
    name: unnamedCluster,
    extension: "default",
    classic: false,
    structure: {
      cluster: unnamedCluster,
      settings: {} as NginxSettings,
      httpPort: 80,
      httpsPort: 443,
      publicHttpsPort: 8443,
      routes: [{ host, path: "/", upstream, profile: "default" }],
      passthroughs: [],
    },
    endpoints: new Map([[upstream, endpoints]]),
    names: new Map(),
    backends: [],
    certificates: [],
    networks: [],
  };
}

function rendered(services: string[], conf = "conf"): Bundle {
  return bundleOf(conf, new Map([[host, [{ path: "/", upstream: upstreamName(services), profile: "default" }]]]));
}

async function next(offers: AsyncGenerator<Word>): Promise<Offer> {
  for (;;) {
    const { value, done } = await offers.next();
    assert.equal(done, false);
    if (value.offer !== undefined) return value.offer;
  }
}

function proxy(
  ledger: ClusterLedger,
  task: string,
  serving: Serving = nothing,
): { offers: AsyncGenerator<Word>; end: () => Promise<void> } {
  const controller = new AbortController();
  const offers = ledger.offers({ task, node: "node1" }, serving, controller.signal);
  return {
    offers,
    end: async () => {
      controller.abort();
      await offers.return();
    },
  };
}

test("a structure goes to one proxy first and to the second when it was proven", async () => {
  const ledger = new ClusterLedger(desired(["web"]), () => 0);
  const bundle = rendered(["web"]);
  ledger.returned(1, bundle);
  const a = proxy(ledger, "a");
  const b = proxy(ledger, "b");

  const first = await next(a.offers);
  const waiting = await next(b.offers);
  ledger.reported("a", { kind: "applied", sequence: 1, serving: bundle, reloaded: true });
  const second = await next(b.offers);

  assert.equal(first.nginxConf, "conf");
  assert.equal(waiting.nginxConf, undefined);
  assert.equal(second.nginxConf, "conf");
  assert.equal(ledger.current, 1);
  await a.end();
  await b.end();
});

test("a refused structure is offered to nobody else, and tables flow on", async () => {
  const ledger = new ClusterLedger(desired(["web"]), () => 0);
  const bundle = rendered(["web"]);
  ledger.returned(1, bundle);
  const a = proxy(ledger, "a");
  const b = proxy(ledger, "b", { structure: wireRevision("old"), revision: wireRevision("old") });
  await next(a.offers);
  await next(b.offers);

  ledger.reported("a", {
    kind: "refused",
    sequence: 1,
    serving: nothing,
    structure: bundle.structure,
    reason: "unknown directive",
  });
  ledger.want(desired(["web"], [endpoint, { address: "10.0.0.2", port: 80 }]));
  const offerA = await next(a.offers);
  const offerB = await next(b.offers);

  assert.equal(offerA.nginxConf, undefined);
  assert.equal(offerB.nginxConf, undefined);
  assert.equal(offerA.endpoints.get(upstreamName(["web"]))?.length, 2);
  assert.equal(ledger.status().proxies[0]?.state, "refused");
  assert.equal(ledger.status().proxies[0]?.reason, "unknown directive");
  await a.end();
  await b.end();
});

test("a refusal is shown at every proxy that is held back by it; when the refusing one is gone, another one tries", async () => {
  const ledger = new ClusterLedger(desired(["web"]), () => 0);
  const bundle = rendered(["web"]);
  ledger.returned(1, bundle);
  const a = proxy(ledger, "a");
  await next(a.offers);
  const { structure } = bundle;
  ledger.reported("a", { kind: "refused", sequence: 1, serving: nothing, structure, reason: "unknown directive" });

  const b = proxy(ledger, "b", { structure: wireRevision("old"), revision: wireRevision("old") });
  const held = await next(b.offers);
  const shown = ledger.status().proxies.map(({ task, state, reason }) => [task, state, reason]);
  await a.end();
  const tried = await next(b.offers);

  assert.equal(held.nginxConf, undefined);
  assert.deepEqual(shown, [
    ["a", "refused", "unknown directive"],
    ["b", "refused", "unknown directive"],
  ]);
  assert.equal(tried.nginxConf, "conf");
  await b.end();
});

test("a proxy that adopts another structure after it connected is sent ours again", async () => {
  const ledger = new ClusterLedger(desired(["web"]), () => 0);
  const bundle = rendered(["web"]);
  const a = proxy(ledger, "a", bundle);
  ledger.returned(1, bundle);
  const first = await next(a.offers);

  const other = { structure: wireRevision("other"), revision: wireRevision("other") };
  ledger.reported("a", { kind: "applied", sequence: first.sequence, serving: other, reloaded: true });
  const again = await next(a.offers);

  assert.equal(first.nginxConf, undefined);
  assert.equal(again.nginxConf, "conf");
  await a.end();
});

test("endpoints flow to proxies that serve while there is no bundle yet", async () => {
  const ledger = new ClusterLedger(desired(["web"]), () => 0);
  const serving = { structure: wireRevision("old"), revision: wireRevision("old") };
  const a = proxy(ledger, "a", serving);

  const fed = await next(a.offers);
  ledger.returned(1, rendered(["web"]));
  const whole = await next(a.offers);

  assert.equal(fed.whole, false);
  assert.deepEqual([...fed.endpoints], [[upstreamName(["web"]), [endpoint]]]);
  assert.deepEqual(fed.removedUpstreams, []);
  assert.equal(whole.whole, true);
  await a.end();
});

test("a proxy that has nothing gets the structure proven last when the newest was refused", async () => {
  const ledger = new ClusterLedger(desired(["web"]), () => 0);
  const good = rendered(["web"], "good");
  const bad = rendered(["web"], "bad");
  const mended = rendered(["web"], "mended");
  const a = proxy(ledger, "a", good);
  ledger.returned(1, good);
  await next(a.offers);
  ledger.returned(1, bad);
  await next(a.offers);
  ledger.reported("a", { kind: "refused", sequence: 2, serving: good, structure: bad.structure, reason: "no" });

  const b = proxy(ledger, "b");
  const fallback = await next(b.offers);
  ledger.reported("b", { kind: "applied", sequence: 1, serving: good, reloaded: false });
  ledger.returned(1, mended);
  const first = await next(a.offers);
  ledger.reported("a", { kind: "applied", sequence: 3, serving: mended, reloaded: true });
  const second = await next(b.offers);

  assert.equal(fallback.nginxConf, "good");
  assert.equal(first.nginxConf, "mended");
  assert.equal(second.nginxConf, "mended");
  await a.end();
  await b.end();
});

test("an upstream keeps its endpoints until the routes that use it have moved", async () => {
  const ledger = new ClusterLedger(desired(["web"]), () => 0);
  ledger.returned(1, rendered(["web"]));
  const a = proxy(ledger, "a");
  await next(a.offers);

  ledger.want(desired(["web", "web2"]));
  const before = await next(a.offers);
  ledger.returned(2, rendered(["web", "web2"]));
  const after = await next(a.offers);

  assert.deepEqual(before.removedUpstreams, []);
  assert.deepEqual([...before.endpoints.keys()], ["web+web2"]);
  assert.deepEqual(after.removedUpstreams, ["web"]);
  await a.end();
});

test("a proxy hears at once that core is blind and that it sees again, the latter not before what it sees", async () => {
  const ledger = new ClusterLedger(desired(["web"]), () => 0);
  ledger.returned(1, rendered(["web"]));
  const a = proxy(ledger, "a");
  const first = (await a.offers.next()).value;

  ledger.blinded(true);
  const blind = (await a.offers.next()).value;
  ledger.want(desired(["web"], []));
  ledger.blinded(false);
  const seeing = (await a.offers.next()).value;

  assert.equal(first?.blind, false);
  assert.deepEqual(blind, { blind: true });
  assert.equal(seeing?.blind, false);
  assert.deepEqual([...(seeing?.offer?.endpoints ?? [])], [[upstreamName(["web"]), []]]);
  await a.end();
});

test("a proxy that nothing is to be said to hears that core is there within a second", async () => {
  const ledger = new ClusterLedger(desired(["web"]), () => performance.now());
  ledger.returned(1, rendered(["web"]));
  const a = proxy(ledger, "a");
  await next(a.offers);
  const saidAt = performance.now();

  assert.deepEqual((await a.offers.next()).value, { blind: false });
  assert.ok(performance.now() - saidAt < 3_000);
  await a.end();
});

test("a changed certificate travels alone, and equal ones made anew not at all", async () => {
  const ledger = new ClusterLedger(desired(["web"]), () => 0);
  ledger.certify(new Map([[host, red]]), []);
  ledger.returned(1, rendered(["web"]));
  const a = proxy(ledger, "a");
  const whole = await next(a.offers);

  ledger.certify(new Map([[host, { ...red }]]), []);
  ledger.certify(new Map([[host, blue]]), []);
  const change = await next(a.offers);

  assert.deepEqual([...whole.certificates], [["a.example", red]]);
  assert.deepEqual([...change.certificates], [["a.example", blue]]);
  assert.deepEqual(
    [change.whole, change.nginxConf, change.routes.size, change.endpoints.size],
    [false, undefined, 0, 0],
  );
  await a.end();
});

test("before core has any certificate, proxies are told to keep theirs", async () => {
  const secret = { id: "s1", name: "app.cert" };
  const wanted = { ...desired(["web"]), certificates: [{ host, service: "web", certificate: secret, key: secret }] };
  const ledger = new ClusterLedger(wanted, () => 0);
  ledger.returned(1, rendered(["web"]));
  const a = proxy(ledger, "a");

  assert.deepEqual([...(await next(a.offers)).certificates], [["a.example", "kept"]]);
  await a.end();
});

test("a host gives up its certificate when the structure without it is rendered, not before", async () => {
  const ledger = new ClusterLedger(desired(["web"]), () => 0);
  ledger.certify(new Map([[host, red]]), []);
  ledger.returned(1, rendered(["web"]));
  const a = proxy(ledger, "a");
  await next(a.offers);

  ledger.want(desired(["other"]));
  ledger.certify(new Map(), []);
  const before = await next(a.offers);
  ledger.returned(2, rendered(["other"]));
  const after = await next(a.offers);

  assert.deepEqual(before.removedCertificates, []);
  assert.deepEqual(after.removedCertificates, ["a.example"]);
  await a.end();
});

test("certificates flow to proxies that serve while there is no bundle yet", async () => {
  const ledger = new ClusterLedger(desired(["web"]), () => 0);
  const serving = { structure: wireRevision("old"), revision: wireRevision("old") };
  const a = proxy(ledger, "a", serving);
  await next(a.offers);

  ledger.certify(
    new Map<HostName | "*", Certificate | "kept">([
      [host, red],
      ["*", "kept"],
    ]),
    [],
  );
  const fed = await next(a.offers);

  assert.equal(fed.whole, false);
  assert.deepEqual([...fed.certificates], [["a.example", red]]);
  await a.end();
});

const memory: Memory = { labels: { "com.docker.lb.port": "80" } };

test("what proxies should keep travels with the first offer, and then only what differs, alone", async () => {
  const ledger = new ClusterLedger(desired(["web"]), () => 0);
  ledger.remember(new Map([["web", memory]]));
  ledger.returned(1, rendered(["web"]));
  const a = proxy(ledger, "a");
  const whole = await next(a.offers);

  ledger.remember(new Map([["web", { ...memory }]]));
  ledger.remember(new Map([["other", memory]]));
  const change = await next(a.offers);

  assert.deepEqual(whole.memories, { set: new Map([["web", JSON.stringify(memory)]]), removed: [] });
  assert.deepEqual(change, {
    sequence: 2,
    ...nothingOffered,
    memories: { set: new Map([["other", JSON.stringify(memory)]]), removed: ["web"] },
  });
  await a.end();
});

test("on the classic road proxies keep what they should, and are offered nothing else", async () => {
  const ledger = new ClusterLedger({ ...desired(["web"]), classic: true }, () => 0);
  const a = proxy(ledger, "a");
  const first = await next(a.offers);

  ledger.remember(new Map([["web", memory]]));
  const second = await next(a.offers);

  assert.deepEqual(first, { sequence: 1, ...nothingOffered });
  assert.deepEqual(second, {
    sequence: 2,
    ...nothingOffered,
    memories: { set: new Map([["web", JSON.stringify(memory)]]), removed: [] },
  });
  await a.end();
});

test("a proxy that serves is not offered less than core was reminded of; endpoints flow meanwhile", async () => {
  const ledger = new ClusterLedger(desired(["web"]), () => 0);
  const old = { structure: wireRevision("old"), revision: wireRevision("old") };
  ledger.returned(1, rendered(["web"]));

  ledger.want(desired(["web", "kept"]));
  ledger.recalled();
  const blank = proxy(ledger, "blank");
  const serving = proxy(ledger, "serving", old);
  const atOnce = await next(blank.offers);
  const fed = await next(serving.offers);
  const printed = ledger.printed();
  ledger.returned(2, rendered(["web", "kept"]));
  const whole = await next(serving.offers);

  assert.deepEqual([atOnce.whole, [...atOnce.routes.values()].flat()[0]?.upstream], [true, "web"]);
  assert.deepEqual([fed.whole, fed.routes.size], [false, 0]);
  assert.ok(fed.endpoints.has(upstreamName(["web", "kept"])));
  assert.equal(printed, undefined);
  assert.deepEqual(
    [whole.whole, [...whole.routes.values()].flat()[0]?.upstream],
    [true, upstreamName(["web", "kept"])],
  );
  await blank.end();
  await serving.end();
});

test("a proxy that has been offered everything is not held up by what another one reminds core of", async () => {
  const ledger = new ClusterLedger(desired(["web"]), () => 0);
  ledger.returned(1, rendered(["web"]));
  const a = proxy(ledger, "a", { structure: wireRevision("old"), revision: wireRevision("old") });
  await next(a.offers);

  ledger.want(desired(["web", "kept"]));
  ledger.recalled();
  const change = await next(a.offers);
  ledger.returned(2, rendered(["web", "kept"]));
  const moved = await next(a.offers);

  assert.deepEqual([change.whole, [...change.endpoints.keys()]], [false, [upstreamName(["web", "kept"])]]);
  assert.deepEqual([...moved.routes.values()].flat()[0]?.upstream, upstreamName(["web", "kept"]));
  await a.end();
});

test("a bundle of an older structure is dropped", () => {
  const ledger = new ClusterLedger(desired(["web"]), () => 0);

  ledger.want(desired(["other"]));
  ledger.returned(1, rendered(["web"]));

  assert.equal(ledger.status().revision, undefined);
});

test("a changed endpoint is no new structure", async () => {
  const ledger = new ClusterLedger(desired(["web"]), () => 0);
  const controller = new AbortController();
  const structures = ledger.structures(controller.signal, { template: false, changes: false });
  const first = await structures.next();

  ledger.want(desired(["web"], []));
  ledger.want(desired(["other"]));
  const second = await structures.next();

  assert.equal(first.value?.version, 1);
  assert.equal(second.value?.version, 2);
  controller.abort();
  await structures.return(undefined);
});

const certificate = { host, service: "web", certificate: { id: "c1", name: "c" }, key: { id: "k1", name: "k" } };

test("on the classic road a proxy is offered nothing, once, and is current when it serves the bundle", async () => {
  const ledger = new ClusterLedger({ ...desired(["web"]), classic: true, certificates: [certificate] }, () => 0);
  const a = proxy(ledger, "a");
  const first = await next(a.offers);
  const bundle = rendered(["web"]);
  ledger.returned(1, bundle);
  ledger.certify(new Map([[host, red]]), []);

  const second = a.offers.next();
  ledger.reported("a", { kind: "applied", sequence: 1, serving: bundle, reloaded: false });
  ledger.want({ ...desired(["web"], []), classic: true });
  await a.end();

  assert.deepEqual(first, { sequence: 1, ...nothingOffered });
  assert.equal((await second).value, undefined);
  const status = ledger.status();
  assert.equal(status.classic, true);
});

test("on the classic road a proxy that serves something else says why", async () => {
  const ledger = new ClusterLedger({ ...desired(["web"]), classic: true }, () => 0);
  const bundle = rendered(["web"]);
  ledger.returned(1, bundle);
  const a = proxy(ledger, "a", { structure: wireRevision("old"), revision: wireRevision("old") });
  await next(a.offers);
  assert.equal(ledger.status().proxies[0]?.state, "behind");

  const refused = { structure: bundle.structure, reason: "[emerg] no" };
  const serving = { structure: wireRevision("old"), revision: wireRevision("old") };
  ledger.reported("a", { kind: "refused", sequence: 1, serving, ...refused });
  assert.deepEqual(
    ledger.status().proxies.map(({ state, reason }) => [state, reason]),
    [["refused", "[emerg] no"]],
  );

  ledger.reported("a", { kind: "applied", sequence: 1, serving: bundle, reloaded: false });
  assert.equal(ledger.status().proxies[0]?.state, "current");
});

test("what is printed is what proxies should serve, and only a change of that is another text", () => {
  const cluster = { ...desired(["web"]), certificates: [certificate] };
  const ledger = new ClusterLedger(cluster, () => 0);
  assert.equal(ledger.printed(), undefined);
  const bundle = rendered(["web"]);
  ledger.returned(1, bundle);

  const text = ledger.printed() ?? "";
  assert.deepEqual(readPrinted(text), {
    nginxConf: "conf",
    routes: bundle.routes,
    endpoints: cluster.endpoints,
    names: new Map(),
    certificates: new Map([[host, { certificate: certificate.certificate, key: certificate.key }]]),
  });
  const endpoints = new Map([[upstreamName(["other"]), [endpoint]], ...cluster.endpoints]);
  const names = new Map([[upstreamName(["other"]), [{ name: "tasks.other.net", port: 80 }]]]);
  ledger.want({ ...cluster, endpoints, names });
  assert.equal(ledger.printed(), text);
  const named = new Map([[upstreamName(["web"]), [{ name: "tasks.web.net", port: 80 }]]]);
  ledger.want({ ...cluster, names: named });
  assert.deepEqual(readPrinted(ledger.printed() ?? "").names, named);
  ledger.want(desired(["web"], []));
  assert.notEqual(ledger.printed(), text);
});

test("what proxies take from the stream is printed as it was proven last, that of the classic road as it came last", async () => {
  for (const classic of [false, true]) {
    const ledger = new ClusterLedger({ ...desired(["web"]), classic }, () => 0);
    const good = rendered(["web"]);
    ledger.returned(1, good);
    const a = proxy(ledger, "a");
    await next(a.offers);
    ledger.reported("a", { kind: "applied", sequence: 1, serving: good, reloaded: false });

    ledger.returned(1, rendered(["web"], "bad"));

    assert.equal(readPrinted(ledger.printed() ?? "").nginxConf, classic ? "bad" : "conf");
    await a.end();
  }
});
