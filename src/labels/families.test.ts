import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { backendMode } from "./backend_mode.ts";
import { catalogue, knownLabels } from "./catalogue.ts";
import { defaultBackend } from "./default_backend.ts";
import { failTimeout } from "./fail_timeout.ts";
import { hosts } from "./hosts.ts";
import { maxFails } from "./max_fails.ts";
import { network } from "./network.ts";
import { port } from "./port.ts";
import { serviceCluster } from "./service_cluster.ts";
import { sslBackendTlsVerify } from "./ssl_backend_tls_verify.ts";
import { sslCert } from "./ssl_cert.ts";
import { sslKey } from "./ssl_key.ts";
import { stickySessionCookie } from "./sticky_session_cookie.ts";

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

void test("host is Docker's own network, and its owner is told what to write", () => {
  const reading = network.parse("host");

  deepEqual(codesOf(reading), ["LABEL_NETWORK_UNKNOWN"]);
  match(reading.findings[0]?.remedy ?? "", /bridge/);
  equal(network.parse("bridge").value, "bridge");
});

void test("the name of a secret is one Swarm can have", () => {
  for (const text of ["a", "demo_app.example.org.cert", "A-1_b.c", "x".repeat(64)]) {
    equal(sslCert.parse(` ${text} `).value, text);
    equal(sslKey.parse(text).value, text);
  }
  for (const text of ["-a", "a.", "_a", "a b", "a/b", "../a", "a\nb", "é", "x".repeat(65)])
    deepEqual(codesOf(sslCert.parse(text)), ["LABEL_SECRET_INVALID"], text);
});

void test("who writes the key itself into the label is told what that means", () => {
  const [finding] = sslKey.parse("-----BEGIN PRIVATE KEY-----\nMIIE").findings;

  match(finding?.remedy ?? "", /known to others/);
});

void test("certificates of applications are checked or not; halfway is refused", () => {
  for (const text of ["none", "NONE", "off", "false", "0"]) equal(sslBackendTlsVerify.parse(text).value, "none");
  for (const text of ["required", "Required ", "on", "true", "1"])
    equal(sslBackendTlsVerify.parse(text).value, "required");
  for (const text of ["optional", "yes", "verify", "no ne"])
    deepEqual(codesOf(sslBackendTlsVerify.parse(text)), ["LABEL_VERIFY_INVALID"], text);
});

void test("the name of a cookie is a token, without what a template or a shell would take for its own", () => {
  for (const text of ["session", "JSESSIONID", "__Host-sid", "connect.sid", "a|b", "x".repeat(128)])
    equal(stickySessionCookie.parse(text).value, text);
  for (const text of [
    "a b",
    "a=b",
    "a;b",
    "a,b",
    '"a"',
    "a$b",
    "a#b",
    "a'b",
    "a`b",
    "a{b",
    "ä",
    "a\u0000",
    "x".repeat(129),
  ])
    deepEqual(codesOf(stickySessionCookie.parse(text)), ["LABEL_COOKIE_INVALID"], text);
});

void test("a number of failures is a whole one up to a million", () => {
  equal(maxFails.parse("0").value, 0);
  equal(maxFails.parse(" 1000000 ").value, 1_000_000);
  for (const text of ["", "-1", "1.5", "1000001", "1e3", "9".repeat(400), "٣"])
    deepEqual(codesOf(maxFails.parse(text)), ["LABEL_NUMBER_INVALID"], text);
});

void test("a time is what nginx takes, in milliseconds, up to a day", () => {
  const good = {
    "10": 10_000,
    "0": 0,
    "0s": 0,
    "10s": 10_000,
    "500ms": 500,
    "1m": 60_000,
    "1m30s": 90_000,
    "1m 30s": 90_000,
  };
  for (const [text, ms] of Object.entries(good)) equal(failTimeout.parse(text).value, ms, text);
  equal(failTimeout.parse(" 1h1m1s1ms ").value, 3_661_001);
  equal(failTimeout.parse("1d").value, 86_400_000);
  for (const text of [
    "",
    "s",
    "-1s",
    "1.5s",
    "10 x",
    "1s1m",
    "1s1s",
    "10S",
    "1M",
    "86401",
    "2d",
    "9".repeat(400),
    "1s;",
  ])
    deepEqual(codesOf(failTimeout.parse(text)), ["LABEL_TIME_INVALID"], text);
});

void test("every family's own example is good, and its label is known once", () => {
  for (const family of catalogue) deepEqual(family.parse(family.example).findings, [], family.label);
  equal(knownLabels.size, catalogue.length);
});
