import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Endpoint, EndpointTable, RouteTable } from "../model/desired.ts";
import type { Memories, Memory } from "../model/memory.ts";
import { parseHostName, upstreamName, wireRevision, type HostName } from "../model/names.ts";
import { keptBetween, offerBetween, type Target } from "./diff.ts";

const none = wireRevision("");
const structure = { nginxConf: "events {}", revision: wireRevision("aaaa") };
const web = upstreamName(["web"]);
const one: Endpoint = { address: "10.0.0.1", port: 80 };
const two: Endpoint = { address: "10.0.0.2", port: 80 };

function routes(...hosts: string[]): RouteTable {
  return new Map(
    hosts.map((host) => [parseHostName(host) as HostName, [{ path: "/", upstream: web, profile: "default" }]]),
  );
}

function endpoints(...list: Endpoint[]): EndpointTable {
  return new Map([[web, list]]);
}

function target(hosts: string[], list: Endpoint[]): Target {
  return {
    structure,
    routes: routes(...hosts),
    endpoints: endpoints(...list),
    names: new Map(),
    certificates: new Map(),
  };
}

test("the first offer is whole and carries nginx.conf to a proxy that serves nothing", () => {
  const offer = offerBetween(undefined, target(["a.example"], [one]), none);

  assert.equal(offer?.whole, true);
  assert.equal(offer?.nginxConf, "events {}");
  assert.deepEqual([...(offer?.routes.keys() ?? [])], ["a.example"]);
});

test("the first offer to a proxy that serves the structure already carries tables only", () => {
  const offer = offerBetween(undefined, target(["a.example"], [one]), structure.revision);

  assert.equal(offer?.whole, true);
  assert.equal(offer?.nginxConf, undefined);
});

test("equal tables made anew say nothing", () => {
  const before = target(["a.example"], [one]);

  assert.equal(
    offerBetween({ ...before, structure: structure.revision }, target(["a.example"], [one]), none),
    undefined,
  );
});

test("proxies that have been sent the same tables are offered the very same difference", () => {
  const sent = { ...target(["a.example"], [one]), structure: structure.revision };
  const now = target(["a.example"], [one, two]);

  const [first, second] = [1, 2].map(() => offerBetween({ ...sent }, now, none));

  assert.ok(first !== undefined && first.endpoints === second?.endpoints);
});

test("one changed upstream travels alone", () => {
  const before = target(["a.example", "b.example"], [one]);

  const offer = offerBetween(
    { ...before, structure: structure.revision },
    target(["a.example", "b.example"], [one, two]),
    none,
  );

  assert.equal(offer?.whole, false);
  assert.equal(offer?.routes.size, 0);
  assert.deepEqual([...(offer?.endpoints ?? [])], [[web, [one, two]]]);
});

test("an upstream whose names changed travels with its endpoints, and one that lost them without names", () => {
  const named = (...names: string[]): Target => ({
    ...target([], [one]),
    names: new Map(names.length === 0 ? [] : [[web, names.map((name) => ({ name, port: 80 }))]]),
  });
  const sent = { ...named("tasks.web.old"), structure: structure.revision };

  const renamed = offerBetween(sent, named("tasks.web.new"), none);
  const nameless = offerBetween(sent, named(), none);

  for (const offer of [renamed, nameless]) assert.deepEqual([...(offer?.endpoints ?? [])], [[web, [one]]]);
  assert.deepEqual([...(renamed?.names ?? [])], [[web, [{ name: "tasks.web.new", port: 80 }]]]);
  assert.equal(nameless?.names.size, 0);
  assert.equal(offerBetween(sent, named("tasks.web.old"), none), undefined);
});

test("what is gone is named", () => {
  const before = target(["a.example", "b.example"], [one]);

  const offer = offerBetween(
    { ...before, structure: structure.revision },
    { structure, routes: routes("b.example"), endpoints: new Map(), names: new Map(), certificates: new Map() },
    none,
  );

  assert.deepEqual(offer?.removedHosts, ["a.example"]);
  assert.deepEqual(offer?.removedUpstreams, [web]);
});

test("a target without structure leaves the proxy's own alone", () => {
  const offer = offerBetween(
    undefined,
    { routes: routes("a.example"), endpoints: endpoints(one), names: new Map(), certificates: new Map() },
    wireRevision("older"),
  );

  assert.equal(offer?.nginxConf, undefined);
});

test("what was kept before is not held on to", async () => {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  assert.ok(typeof collect === "function");
  const table = (labels: Memory["labels"]): Memories => new Map([["web", { labels }]]);
  let last = table({});
  const first = new WeakRef(last);
  for (const port of ["80", "81", "82"]) {
    const next = table({ "com.docker.lb.port": port });
    assert.ok(keptBetween(undefined, next) !== undefined && keptBetween(last, next) !== undefined);
    last = next;
  }

  // A weak reference that was made or read in a turn of the loop holds until its end.
  await turnOfTheLoop();
  collect();

  assert.equal(first.deref(), undefined);
  assert.equal(last.size, 1);
});
