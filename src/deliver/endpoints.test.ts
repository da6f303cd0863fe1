import assert from "node:assert/strict";
import { test } from "node:test";
import type { Endpoint, RouteTable } from "../model/desired.ts";
import { upstreamName, type HostName } from "../model/names.ts";
import { endpointsFor, namesFor, servicesAt } from "./endpoints.ts";

const one: Endpoint = { address: "10.0.0.1", port: 80 };
const two: Endpoint = { address: "10.0.0.2", port: 80 };
const host = "a.example" as HostName;

function routesTo(...services: string[]): RouteTable {
  return new Map([[host, [{ path: "/", upstream: upstreamName(services), profile: "default" }]]]);
}

void test("an upstream that was joined by another service has the endpoints both have now", () => {
  const table = endpointsFor(new Map([[upstreamName(["a", "b"]), [one, two]]]), routesTo("a"));

  assert.deepEqual(table.get(upstreamName(["a"])), [one, two]);
});

void test("an upstream whose service is gone is empty, so that its addresses cannot be another application's", () => {
  const table = endpointsFor(new Map([[upstreamName(["c"]), [one]]]), routesTo("a"));

  assert.deepEqual(table.get(upstreamName(["a"])), []);
});

void test("an upstream that lost one of its services has the other's endpoints", () => {
  const table = endpointsFor(new Map([[upstreamName(["a"]), [one]]]), routesTo("a", "b"));

  assert.deepEqual(table.get(upstreamName(["a", "b"])), [one]);
});

void test("an upstream that only delivered routes use has the names of its services, unless DNS knows only some of them", () => {
  const [a, b] = [upstreamName(["a"]), upstreamName(["b"])];
  const desired = new Map([
    [a, [one]],
    [b, [two]],
  ]);
  const nameOf = (service: string) => ({ name: `tasks.${service}.net`, port: 80 });
  const names = new Map([
    [a, [nameOf("a")]],
    [b, [nameOf("b")]],
  ]);
  const ab = upstreamName(["a", "b"]);

  assert.deepEqual(namesFor(names, desired, routesTo("a", "b")).get(ab), [nameOf("a"), nameOf("b")]);
  assert.equal(namesFor(new Map([[a, [nameOf("a")]]]), desired, routesTo("a", "b")).has(ab), false);
  assert.equal(namesFor(names, desired, routesTo("gone")).has(upstreamName(["gone"])), false);
  assert.equal(namesFor(names, desired, routesTo("a")), names);
});

void test("when the routes have moved, nothing is kept", () => {
  const desired = new Map([[upstreamName(["a"]), [one]]]);

  assert.equal(endpointsFor(desired, routesTo("a")), desired);
});

void test("the services behind a place are all of those whose upstreams have it, at exactly that port", () => {
  const table = new Map([
    [upstreamName(["a", "b:8080"]), [one, two]],
    [upstreamName(["c"]), [{ ...two, port: 81 }]],
    [upstreamName(["d"]), [{ ...one, maxFails: 3, failTimeoutMs: 500 }]],
  ]);

  assert.deepEqual(servicesAt(table, [one]), new Set(["a", "b", "d"]));
  assert.deepEqual(servicesAt(table, [{ address: "10.0.0.2", port: 81 }]), new Set(["c"]));
  assert.deepEqual(servicesAt(table, [{ address: "10.0.0.1", port: 81 }]), new Set());
});
