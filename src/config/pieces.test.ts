/**
 * The small readers: durations, constraints, signals, images, raw nginx text, places, the check's report.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { configReport } from "./check.ts";
import { parseConstraint, parsePreference } from "./constraint.ts";
import { defaultConfigToml, defaultOptions } from "./default.ts";
import { parseDuration, printDuration } from "./duration.ts";
import { isImageReference, isVendorImage } from "./image.ts";
import { placesIn } from "./locate.ts";
import { unbalanced } from "./nginx-text.ts";
import { parseSignal } from "./signal.ts";

test("durations are read as Go reads them", () => {
  const read = ["3s", "1m30s", "500ms", "1.5h", ".5s", "0", "+2s", "1h0m0.5s", "2500us", " 3s "].map(parseDuration);

  assert.deepEqual(read, [3_000, 90_000, 500, 5_400_000, 500, 0, 2_000, 3_600_500, 3, 3_000]);
  for (const text of ["", "3", "s", "-3s", "3 s", "1d", "3s1", "1e3s", ".s", "99999999h"])
    assert.equal(parseDuration(text), undefined, text);
});

test("a duration that was printed is read back", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 * 24 * 3_600_000 }), (ms) => parseDuration(printDuration(ms)) === ms),
  );
});

test("constraints are read as Swarm reads them, and with a single =", () => {
  assert.equal(
    parseConstraint("node.labels.com.docker.interlock.service.cluster=dev"),
    "node.labels.com.docker.interlock.service.cluster==dev",
  );
  assert.equal(parseConstraint("node.role != manager"), "node.role!=manager");
  assert.equal(parseConstraint("engine.labels.os==a=b"), undefined);
  assert.equal(parseConstraint("Node.Hostname==n-1"), "Node.Hostname==n-1");
  for (const text of [
    "",
    "node.role",
    "node.role==",
    "==worker",
    "node.labels.==x",
    "nod.role==x",
    "node.role>x",
    "node.role==$(x)\0",
  ]) {
    assert.equal(parseConstraint(text), undefined, text);
  }
  assert.equal(parsePreference("spread=node.labels.zone"), "spread=node.labels.zone");
  assert.equal(parsePreference("engine.labels.rack"), "spread=engine.labels.rack");
  assert.equal(parsePreference("binpack=node.labels.zone"), undefined);
});

test("signals are read as Docker reads them", () => {
  assert.deepEqual(["SIGQUIT", "quit", "3", "SIGRTMIN+3", "rtmax-1"].map(parseSignal), [
    "SIGQUIT",
    "SIGQUIT",
    "3",
    "SIGRTMIN+3",
    "SIGRTMAX-1",
  ]);
  for (const text of ["", "0", "65", "SIGFOO", "SIG"]) assert.equal(parseSignal(text), undefined, text);
});

test("the vendor's images are told from others", () => {
  const vendor = [
    "docker/ucp-interlock-extension:3.1.9",
    "docker.io/mirantis/ucp-interlock-proxy:3.7.10",
    "dtr.example.com:4443/docker/ucp-interlock-config",
    "interlockpreview/interlock-extension-nginx:2.0.0-preview",
    "dockereng/ucp-interlock-extension:3.0.0-2e21c4d",
    "docker/interlock-extension-nginx:latest",
    "interlockdemo/interlock-extension-nginx:a2b1b323",
    "nginx:alpine",
    "haproxy:1.8-alpine",
  ];
  const others = ["interlock", "example/ucp-interlock-proxy:1", "registry:5000/nginx-interlock:1", "example/nginx"];

  assert.deepEqual(
    vendor.filter((image) => !isVendorImage(image)),
    [],
  );
  assert.deepEqual(others.filter(isVendorImage), []);
  assert.deepEqual(
    [...vendor, ...others].filter((image) => !isImageReference(image)),
    [],
  );
  assert.deepEqual(["", "a b", "https://x/y", "-x", "x:"].filter(isImageReference), []);
});

test("raw nginx text is balanced when nginx would say so", () => {
  const good = [
    ["gzip on;", "server {", "listen 81;", "}"],
    ["return 200 it's;", "# don't {"],
    ["set $a ${host}x;", 'add_header X "}";'],
    ["if ($host = '{') { return 403; }"],
    ["log_format a 'x\\'y';"],
    ["content_by_lua_block { ngx.say('}') }"],
    [],
  ];
  const bad = [["server {"], ["}"], ["gzip on; } server { }"], ['add_header X "y;'], ["set $a 'b;", "c d;"]];

  assert.deepEqual(
    good.filter((lines) => unbalanced(lines) !== undefined),
    [],
  );
  assert.deepEqual(
    bad.filter((lines) => unbalanced(lines) === undefined),
    [],
  );
});

test("places are those of headers, keys, dotted keys, inline tables and list entries", () => {
  const toml = `# [x]
a = """
b = 1
"""
c.d = [ # one
  "x#]", 'y',
  { e = 1, "f.g" = "]" } ]
  [t.u]   # t is only implied
    "k" = 2
[t]
v = 3`;
  const at = placesIn(toml);
  const place = (...path: (string | number)[]): string => `${at(path).line}:${at(path).column}`;

  assert.equal(place("a"), "2:1");
  assert.equal(place("b"), "1:1");
  assert.equal(place("c", "d"), "5:1");
  assert.equal(place("c", "d", 1), "6:10");
  assert.equal(place("c", "d", 2, "e"), "7:5");
  assert.equal(place("c", "d", 2, "f.g"), "7:12");
  assert.equal(place("t"), "10:1");
  assert.equal(place("t", "u"), "8:3");
  assert.equal(place("t", "u", "k"), "9:5");
  assert.equal(place("t", "v"), "11:1");
  assert.equal(place("t", "missing", "deeper"), "10:1");
});

test("places are found for any text without an end or an error", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string({
          unit: fc.constantFrom("[", "]", "{", "}", '"', "'", "=", ".", "#", "\\", "\n", " ", ",", "a"),
          maxLength: 60,
        }),
      ),
      (text) => {
        const place = placesIn(text)(["a"]);
        return place.line >= 1 && place.column >= 1;
      },
    ),
  );
});

test("the report says what would come of a good file", () => {
  const report = configReport(defaultConfigToml(defaultOptions), "config.toml");

  assert.equal(report.exitCode, 0);
  assert.deepEqual(report.lines, [
    "config.toml is good, 1 service cluster",
    "  default: services without a service_cluster label; ucp-interlock-proxy x2 on node.platform.os==linux; *:8080->80/tcp, *:8443->443/tcp (ingress)",
  ]);
  assert.equal(report.json.ok, true);
});

test("the report lists every finding and notice of a bad file", () => {
  const report = configReport('Foo = 1\n[Extensions.a]\nProxyReplicas = "2"\nTargetPort = 0\n', "config.toml");

  assert.equal(report.exitCode, 2);
  assert.equal(report.lines.length, 4);
  assert.equal(report.lines.at(-1), "config.toml: core would refuse it, 2 findings");
  assert.deepEqual(
    report.json.findings.map((f) => f.key),
    ["Extensions.a.ProxyReplicas", "Extensions.a.TargetPort"],
  );
});
