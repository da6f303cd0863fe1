import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Labels } from "../model/snapshot.ts";
import { type LabelsRead, readLabels } from "./read.ts";

/** Any text at all, lone surrogates and control characters included. */
const anyText = fc.array(fc.nat(0xffff), { maxLength: 80 }).map((units) => String.fromCharCode(...units));

function read(labels: Labels): LabelsRead {
  return readLabels({ name: "web", labels });
}

/** Our labels by their short names. */
function ours(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [`com.docker.lb.${name}`, value]));
}

const codesOf = (outcome: LabelsRead): readonly string[] => outcome.problems.map((problem) => problem.code);

void test("a host and a port are enough", () => {
  deepEqual(read(ours({ hosts: "a.example", port: "80" })), {
    candidate: true,
    claim: { cluster: "", hosts: ["a.example"], defaultBackend: false, port: 80, mode: "task" },
    problems: [],
  });
});

void test("all labels together make one claim", () => {
  const labels = ours({
    hosts: "b.example,a.example",
    port: "80",
    network: "demo",
    service_cluster: "dev",
    default_backend: "true",
    backend_mode: "vip",
  });

  deepEqual(read(labels).claim, {
    cluster: "dev",
    hosts: ["a.example", "b.example"],
    defaultBackend: true,
    port: 80,
    network: "demo",
    mode: "vip",
  });
});

void test("a default backend needs no host", () => {
  deepEqual(read(ours({ default_backend: "1", port: "80" })).claim?.hosts, []);
});

void test("labels of others are nobody's business of ours", () => {
  deepEqual(read({ "com.example.hosts": "a", "com.docker.lbx": "b", "com.docker.ucp.access.label": "/dev" }), {
    candidate: false,
    problems: [],
  });
});

void test("a service with a network label alone does not ask to be served", () => {
  equal(read(ours({ network: "demo", service_cluster: "dev" })).candidate, false);
});

void test("a missing port is told with the label to add", () => {
  const outcome = read(ours({ hosts: "a.example" }));

  equal(outcome.claim, undefined);
  deepEqual(codesOf(outcome), ["LABEL_PORT_MISSING"]);
  match(outcome.problems[0]?.remedy ?? "", /com\.docker\.lb\.port=8080/);
});

void test("an empty list of hosts is a missing one", () => {
  deepEqual(codesOf(read(ours({ hosts: " , ", port: "80" }))), ["LABEL_HOSTS_MISSING"]);
});

void test("with only bad hosts, even a default backend has no claim: it asked for them", () => {
  const outcome = read(ours({ hosts: "*.example", port: "80", default_backend: "true" }));

  equal(outcome.claim, undefined);
  deepEqual(codesOf(outcome), ["LABEL_HOST_INVALID"]);
});

void test("all mistakes are told at once", () => {
  const outcome = read(ours({ hosts: "*", service_cluster: "a b", backend_mode: "x", default_backend: "x" }));

  deepEqual(codesOf(outcome), [
    "LABEL_MODE_INVALID",
    "LABEL_BOOLEAN_INVALID",
    "LABEL_HOST_INVALID",
    "LABEL_PORT_MISSING",
    "LABEL_CLUSTER_INVALID",
  ]);
});

void test("a service that asks for TLS passthrough has no claim, one that declines it has", () => {
  const labels = { hosts: "a.example", port: "443" };

  deepEqual(codesOf(read(ours({ ...labels, ssl_passthrough: "true" }))), ["LABEL_NOT_SERVED"]);
  equal(read(ours({ ...labels, ssl_passthrough: "true" })).claim, undefined);
  equal(read(ours({ ...labels, ssl_passthrough: "false" })).claim?.port, 443);
});

void test("a label of later is a warning and the rest is served", () => {
  const outcome = read(ours({ hosts: "a.example", port: "80", context_root: "/app" }));

  deepEqual(codesOf(outcome), ["LABEL_NOT_ACTED_ON"]);
  equal(outcome.claim?.port, 80);
});

void test("very many unknown labels make few problems", () => {
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`zzz${n}`, ""]));

  equal(read(ours({ ...many, hosts: "a.example", port: "80" })).problems.length, 9);
});

void test("whatever the labels, reading does not throw and the order of the labels does not matter", () => {
  const name = fc.oneof(
    fc.constantFrom("hosts", "port", "network", "default_backend", "ssl_passthrough", "hots", "constructor"),
    fc.string(),
  );
  const value = fc.oneof(fc.constantFrom("a.example,b", "80", "true", "vip", ""), anyText);
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key }), (pairs) => {
      deepEqual(read(ours(Object.fromEntries(pairs))), read(ours(Object.fromEntries(pairs.toReversed()))));
    }),
  );
});
