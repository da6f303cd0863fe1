import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import type { Labels } from "../model/snapshot.ts";
import { type LabelsRead, readLabels } from "./read.ts";

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
    claims: [
      {
        cluster: "",
        hosts: ["a.example"],
        defaultBackend: false,
        port: 80,
        mode: "task",
        contextRoots: ["/"],
        rewrite: false,
        redirects: [],
        passthrough: false,
        httpsOnly: false,
        websocketEndpoints: [],
      },
    ],
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
    context_root: "/b,/a",
    context_root_rewrite: "true",
    redirects: "http://a.example,https://b.example",
    ssl_cert: "demo.cert",
    ssl_key: "demo.key",
    ssl_only: "true",
    ssl_backend: "true",
    ssl_backend_tls_verify: "required",
    sticky_session_cookie: "session",
    websocket_endpoints: "/ws",
    max_fails: "3",
    fail_timeout: "5s",
  });

  deepEqual(read(labels), {
    candidate: true,
    claims: [
      {
        cluster: "dev",
        hosts: ["a.example", "b.example"],
        defaultBackend: true,
        port: 80,
        network: "demo",
        mode: "task",
        contextRoots: ["/a", "/b"],
        rewrite: true,
        redirects: [{ scheme: "http", host: "a.example", target: "https://b.example" }],
        certificate: { certificate: "demo.cert", key: "demo.key" },
        passthrough: false,
        httpsOnly: true,
        tlsBackend: "verified",
        sticky: { kind: "cookie", name: "session" },
        maxFails: 3,
        failTimeoutMs: 5_000,
        websocketEndpoints: ["/ws"],
      },
    ],
    problems: [],
  });
});

void test("a default backend needs no host", () => {
  deepEqual(read(ours({ default_backend: "1", port: "80" })).claims[0]?.hosts, []);
});

void test("labels of others are nobody's business of ours", () => {
  deepEqual(read({ "com.example.hosts": "a", "com.docker.lbx": "b", "com.docker.ucp.access.label": "/dev" }), {
    candidate: false,
    claims: [],
    problems: [],
  });
});

void test("a service with a network label alone does not ask to be served", () => {
  equal(read(ours({ network: "demo", service_cluster: "dev" })).candidate, false);
});

void test("a missing port is told with the label to add", () => {
  const outcome = read(ours({ hosts: "a.example" }));

  deepEqual(outcome.claims, []);
  deepEqual(codesOf(outcome), ["LABEL_PORT_MISSING"]);
  match(outcome.problems[0]?.remedy ?? "", /com\.docker\.lb\.port=8080/);
});

void test("an empty list of hosts is a missing one", () => {
  deepEqual(codesOf(read(ours({ hosts: " , ", port: "80" }))), ["LABEL_HOSTS_MISSING"]);
});

void test("with only bad hosts, even a default backend has no claim: it asked for them", () => {
  const outcome = read(ours({ hosts: "*.example", port: "80", default_backend: "true" }));

  deepEqual(outcome.claims, []);
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

const good = { hosts: "a.example", port: "80" };

void test("a wrong value that would send requests where nobody asked has no claim", () => {
  const wrong = {
    context_root: "app",
    context_root_rewrite: "yes",
    redirects: "a",
    ssl_passthrough: "maybe",
    ssl_only: "on",
    ssl_backend: "tls",
    ssl_backend_tls_verify: "optional",
    network: "host",
    service_cluster: "a b",
    backend_mode: "dns",
    default_backend: "x",
  };
  for (const [label, value] of Object.entries(wrong)) {
    const outcome = read(ours({ ...good, [label]: value }));

    deepEqual([label, outcome.claims.length, outcome.problems.length], [label, 0, 1]);
    equal(outcome.problems[0]?.severity, "error");
    equal(outcome.problems[0]?.label, `com.docker.lb.${label}`);
  }
});

void test("a wrong value of a label that only helps is left out, and the service is served", () => {
  const plain = read(ours(good)).claims;
  const wrong = {
    max_fails: "x",
    fail_timeout: "x",
    sticky_session_cookie: "a b",
    ip_hash: "x",
    websocket_endpoints: "ws",
  };
  for (const [label, value] of Object.entries(wrong)) {
    const outcome = read(ours({ ...good, [label]: value }));

    deepEqual([label, outcome.claims], [label, plain]);
    equal(outcome.problems[0]?.severity, "error");
  }
});

void test("good items of a list are served, the bad ones are errors", () => {
  const outcome = read(
    ours({ ...good, context_root: "/app,x", redirects: "a.example,b.example;y", hosts: "a.example,*" }),
  );

  deepEqual(outcome.claims[0]?.contextRoots, ["/app"]);
  deepEqual(outcome.claims[0].redirects.length, 1);
  deepEqual(codesOf(outcome), ["LABEL_PATH_INVALID", "LABEL_HOST_INVALID", "LABEL_REDIRECT_INVALID"]);
});

void test("empty text of labels that name something is as if they were absent", () => {
  const names = ["context_root", "redirects", "ssl_cert", "ssl_key", "ssl_backend_tls_verify", "sticky_session_cookie"];
  const empty = Object.fromEntries(
    [...names, "websocket_endpoints", "network", "service_cluster"].map((name) => [name, " "]),
  );

  deepEqual(read(ours({ ...good, ...empty })), read(ours(good)));
});

void test("a label that the original's page misspelt gets its name told", () => {
  const outcome = read(ours({ defaul_backend: "true", port: "80" }));

  match(
    outcome.problems.find((each) => each.code === "LABEL_UNKNOWN")?.remedy ?? "",
    /com\.docker\.lb\.default_backend/,
  );
});

void test("very many unknown labels make few problems", () => {
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`zzz${n}`, ""]));

  equal(read(ours({ ...many, hosts: "a.example", port: "80" })).problems.length, 9);
});
