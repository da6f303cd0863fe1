import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import type { Labels, PublishedPort } from "../model/snapshot.ts";
import { readHrm } from "./hrm.ts";
import { migrationOf } from "./hrm_notice.ts";
import { type LabelsRead, readLabels } from "./read.ts";

const base = "com.docker.ucp.mesh.http";

function published(...targets: readonly number[]): readonly PublishedPort[] {
  return targets.map((target) => ({ target, published: 8000 + target, protocol: "tcp", mode: "ingress" as const }));
}

/** Sets of our labels, by short names. */
function sets(labels: Labels, ...targets: readonly number[]): readonly Labels[] {
  const { sets: whole } = readHrm({ labels, ports: published(...targets) });
  return whole.map((set) =>
    Object.fromEntries(Object.entries(set).map(([name, value]) => [name.replace("com.docker.lb.", ""), value])),
  );
}

function mistakes(text: string, ...targets: readonly number[]): readonly string[] {
  return readHrm({ labels: { [base]: text }, ports: published(...targets) }).findings.map(
    (each) => each.finding.sentence,
  );
}

const read = (labels: Labels, ...targets: readonly number[]): LabelsRead =>
  readLabels({ name: "web", labels, ports: published(...targets) });
const codesOf = (outcome: LabelsRead): readonly string[] => outcome.problems.map((problem) => problem.code);

void test("a route is a host and a port", () => {
  const wanted = [{ hosts: "a.example", port: "8080" }];

  deepEqual(sets({ [base]: "external_route=http://a.example,internal_port=8080" }), wanted);
  deepEqual(sets({ [`${base}.8080`]: " internal_port=8080 , external_route=http://A.example/ " }), wanted);
  deepEqual(sets({ [`${base}.80-1`]: "8080=http://a.example" }), wanted);
});

void test("without a port, the one the service publishes is meant", () => {
  deepEqual(sets({ [base]: "external_route=http://a.example" }, 80, 80), [{ hosts: "a.example", port: "80" }]);
  deepEqual(mistakes("external_route=http://a.example"), ["the label names no port, and the service publishes none"]);
  deepEqual(mistakes("external_route=http://a.example", 80, 81), [
    "the label names no port, and the service publishes not exactly one",
  ]);
});

void test("sni is passthrough, no host is the default backend, a cookie is a cookie", () => {
  deepEqual(sets({ [base]: "external_route=sni://a.example" }, 443), [
    { hosts: "a.example", port: "443", ssl_passthrough: "true" },
  ]);
  deepEqual(sets({ [base]: "external_route=http://,sticky_sessions=sid,include_forwarded_for=true" }, 80), [
    { port: "80", default_backend: "true", sticky_session_cookie: "sid" },
  ]);
});

void test("a redirect joins the routes of its service, and needs no port of its own", () => {
  const labels = {
    [`${base}.80`]: "external_route=http://a.example,redirect=https://a.example",
    [`${base}.443`]: "external_route=sni://a.example,internal_port=443",
  };
  const renamed = {
    [`${base}.1`]: "external_route=http://old.example,redirect=http://new.example",
    [`${base}.2`]: "external_route=http://new.example,internal_port=80",
  };

  deepEqual(sets(labels, 80, 443), [
    { hosts: "a.example", port: "443", ssl_passthrough: "true", redirects: "http://a.example,https://a.example" },
  ]);
  deepEqual(sets(renamed), [
    { hosts: "new.example,old.example", port: "80", redirects: "http://old.example,http://new.example" },
  ]);
  deepEqual(sets({ [base]: "external_route=http://a.example,redirect=sni://b.example" }, 80), [
    { hosts: "a.example", port: "80", redirects: "http://a.example,https://b.example" },
  ]);
});

void test("routes that one set of labels can say become one", () => {
  const labels = {
    [`${base}.2`]: "external_route=http://b.example,internal_port=80",
    [`${base}.10`]: "external_route=http://,internal_port=80",
    [`${base}.1`]: "external_route=http://a.example,internal_port=80",
  };

  deepEqual(sets(labels), [{ hosts: "a.example,b.example", port: "80", default_backend: "true" }]);
  deepEqual(sets({ [base]: "80=http://a.example,443=sni://a.example" }), [
    { hosts: "a.example", port: "80" },
    { hosts: "a.example", port: "443", ssl_passthrough: "true" },
  ]);
});

void test("a mistake costs its own label", () => {
  const wrong = [
    "",
    "a.example",
    "external_route=a.example",
    "external_route=https://a.example",
    "external_route=http://a.example/path",
    "external_route=http://a.example:80",
    "external_route=http://a b",
    "external_route=http://a.example,internal_port=0",
    "external_route=http://a.example,internal_prot=80",
    "external_route=http://a.example,external_route=http://b.example",
    "external_route=http://a.example,sticky_sessions=a b",
    "external_route=sni://a.example,sticky_sessions=sid",
    "external_route=sni://a.example,redirect=http://b.example",
    "external_route=http://,redirect=http://b.example",
    "external_route=http://a.example,redirect=http://a.example/new",
    "external_route=http://a.example,redirect=http://b.example/?q",
    "external_route=http://a.example,include_forwarded_for=perhaps",
    "80=http://a.example,external_route=http://b.example",
    "0=http://a.example",
    "internal_port=80",
  ];
  for (const text of wrong) {
    const outcome = read({ [`${base}.1`]: text, [`${base}.2`]: "80=http://good.example" }, 80);

    deepEqual(codesOf(outcome), ["HRM_INVALID", "HRM_LABEL"], text);
    deepEqual(
      outcome.claims.map((claim) => claim.hosts),
      [["good.example"]],
    );
  }
});

void test("a misspelt key gets its name told", () => {
  const { findings } = readHrm({ labels: { [base]: "external_rout=http://a.example" } });

  match(findings[0]?.finding.remedy ?? "", /external_route/);
});

void test("a service with such labels is served, and its owner is told the new ones", () => {
  const outcome = read({ [base]: "external_route=http://a.example,internal_port=80" });

  equal(outcome.candidate, true);
  deepEqual(
    outcome.claims,
    readLabels({
      name: "web",
      labels: { "com.docker.lb.hosts": "a.example", "com.docker.lb.port": "80" },
    }).claims,
  );
  deepEqual(
    outcome.problems.map((each) => [each.code, each.label]),
    [["HRM_LABEL", base]],
  );
  match(outcome.problems[0]?.sentence ?? "", /com\.docker\.lb\.hosts="a\.example" com\.docker\.lb\.port="80"$/);
  match(outcome.problems[0]?.remedy ?? "", /interlock migrate hrm/);
});

void test("several kinds of routes are several claims", () => {
  const { claims } = read({ [base]: "80=http://a.example,443=sni://a.example" });

  deepEqual(
    claims.map((claim) => [claim.port, claim.passthrough]),
    [
      [80, false],
      [443, true],
    ],
  );
});

void test("network and service cluster are chosen by our labels", () => {
  const labels = {
    [base]: "80=http://a.example,443=sni://a.example",
    "com.docker.lb.network": "n",
    "com.docker.lb.service_cluster": "dev",
  };

  deepEqual(
    read(labels).claims.map((claim) => [claim.network, claim.cluster]),
    [
      ["n", "dev"],
      ["n", "dev"],
    ],
  );
});

void test("a mistake in our labels beside them is told once", () => {
  const labels = { [base]: "80=http://a.example,443=sni://a.example", "com.docker.lb.service_cluster": "a b" };

  deepEqual(codesOf(read(labels)), ["LABEL_CLUSTER_INVALID", "HRM_LABEL"]);
});

void test("where both kinds are, ours count and the others are reported", () => {
  const outcome = read({
    [base]: "80=http://old.example",
    "com.docker.lb.hosts": "new.example",
    "com.docker.lb.port": "80",
  });

  deepEqual(
    outcome.claims.map((claim) => claim.hosts),
    [["new.example"]],
  );
  deepEqual(codesOf(outcome), ["HRM_LABEL"]);
  match(outcome.problems[0]?.remedy ?? "", /--remove-old/);
});

void test("redirects in a circle are broken, and the owner reads of it at the label that is there", () => {
  const outcome = read(
    {
      [`${base}.1`]: "external_route=http://a.example,redirect=http://b.example",
      [`${base}.2`]: "external_route=http://b.example,redirect=http://a.example",
    },
    80,
  );

  equal(outcome.claims[0]?.redirects.length, 1);
  deepEqual(
    outcome.problems.map((each) => [each.code, each.label]),
    [
      ["HRM_LABEL", `${base}.1`],
      ["LABEL_REDIRECT_INVALID", `${base}.1`],
    ],
  );
});

void test("other labels that begin alike are not looked at", () => {
  equal(read({ [`${base}s`]: "80=http://a.example", [`${base}.a b`]: "80=http://a.example" }).candidate, false);
});

void test("very many labels have few problems and few claims", () => {
  const wrong = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`${base}.${n}`, "x"]));
  const ports = Object.fromEntries(
    Array.from({ length: 1_000 }, (_, n) => [`${base}.${n}`, `${n + 1}=http://a.example`]),
  );

  equal(read(wrong).problems.length, 9);
  equal(read(ports).claims.length, 16);
});

void test("the new labels of a service replace the old ones", () => {
  deepEqual(migrationOf({ labels: { [`${base}.2`]: "80=http://a.example", [`${base}.1`]: "80=http://b.example" } }), {
    kind: "labels",
    add: { "com.docker.lb.hosts": "a.example,b.example", "com.docker.lb.port": "80" },
    remove: [`${base}.1`, `${base}.2`],
  });
  deepEqual(migrationOf({ labels: {} }), { kind: "none" });
  deepEqual(migrationOf({ labels: { [base]: "80=http://a.example", "com.docker.lb.port": "80" } }), {
    kind: "labels",
    add: {},
    remove: [base],
  });
});

void test("where no one set of labels can replace them, it says why", () => {
  const several = migrationOf({ labels: { [base]: "80=http://a.example,443=sni://a.example" } });
  const wrong = migrationOf({ labels: { [base]: "external_route=http://a.example" } });

  equal(several.kind, "impossible");
  match(JSON.stringify(several), /2 sets of labels/);
  equal(wrong.kind, "impossible");
  match(JSON.stringify(wrong), /publishes none/);
});
