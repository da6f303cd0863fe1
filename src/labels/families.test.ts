import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { severityOf } from "../model/problem.ts";
import { backendMode } from "./backend_mode.ts";
import { catalogue, knownLabels, laterByLabel } from "./catalogue.ts";
import { defaultBackend } from "./default_backend.ts";
import { hosts } from "./hosts.ts";
import { network } from "./network.ts";
import { port } from "./port.ts";
import { serviceCluster } from "./service_cluster.ts";

/** Any text at all, lone surrogates and control characters included. */
const anyText = fc.array(fc.nat(0xffff), { maxLength: 80 }).map((units) => String.fromCharCode(...units));

const codesOf = (reading: { findings: readonly { code: string }[] }): readonly string[] =>
  reading.findings.map((finding) => finding.code);

void test("hosts are trimmed, lowered, sorted and counted once; empty items are ignored", () => {
  deepEqual(hosts.parse(" b.example ,A.example., b.example,,").value, ["a.example", "b.example"]);
});

void test("a bad host is found, and the good ones stay", () => {
  const reading = hosts.parse("a.example,*.example");

  deepEqual(reading.value, ["a.example"]);
  deepEqual(codesOf(reading), ["LABEL_HOST_INVALID"]);
});

void test("a list without any good host has no value", () => {
  equal(hosts.parse("*.a,*.b").value, undefined);
});

void test("a list with very many bad hosts has few findings", () => {
  const reading = hosts.parse(Array.from({ length: 10_000 }, (_, n) => `*.${n}`).join(","));

  equal(reading.findings.length, 9);
  equal(reading.findings.at(-1)?.sentence, "9992 more items of the list are not host names");
});

void test("a port is a whole number from 1 to 65535", () => {
  equal(port.parse(" 8080 ").value, 8080);
  for (const text of ["", "0", "65536", "80.0", "-1", "1e3", "0x50", "80/tcp", "٨٠", "9".repeat(400)])
    deepEqual(codesOf(port.parse(text)), ["LABEL_PORT_INVALID"], text);
});

void test("yes and no are true, false, 1 and 0 in any case", () => {
  for (const text of ["true", "TRUE", " True ", "1"]) equal(defaultBackend.parse(text).value, true);
  for (const text of ["false", "False", "0"]) equal(defaultBackend.parse(text).value, false);
  for (const text of ["", "yes", "on"]) deepEqual(codesOf(defaultBackend.parse(text)), ["LABEL_BOOLEAN_INVALID"]);
});

void test("an empty network label reads as absent", () => {
  deepEqual(network.parse("  "), { findings: [] });
  equal(network.parse(" ingress_dev ").value, "ingress_dev");
});

void test("a service cluster has a name of letters, digits, dots, hyphens and underscores, or none", () => {
  equal(serviceCluster.parse("dev").value, "dev");
  equal(serviceCluster.parse("").value, "");
  deepEqual(codesOf(serviceCluster.parse("a b")), ["LABEL_CLUSTER_INVALID"]);
});

void test("a backend mode is task or vip, and default is an old word for task", () => {
  equal(backendMode.parse("VIP").value, "vip");
  equal(backendMode.parse("task").value, "task");
  equal(backendMode.parse("default").value, "task");
  deepEqual(codesOf(backendMode.parse("dnsrr")), ["LABEL_MODE_INVALID"]);
});

void test("every family's own example is good, and its label is known once", () => {
  for (const family of catalogue) deepEqual(family.parse(family.example).findings, [], family.label);
  equal(knownLabels.size, catalogue.length + laterByLabel.size);
});

void test("no parser throws, and what it cannot read it finds an error in", () => {
  const text = fc.oneof(fc.string(), anyText, fc.constantFrom(";", "{}", "\u0000", "__proto__"));
  fc.assert(
    fc.property(text, (value) => {
      for (const family of catalogue) {
        const reading = family.parse(value);

        if (reading.value === undefined && family !== network)
          ok(reading.findings.some((finding) => severityOf(finding.code) === "error"));
      }
      for (const later of laterByLabel.values()) later.read(value);
    }),
  );
});
