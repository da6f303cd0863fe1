import { deepEqual, equal, notEqual } from "node:assert/strict";
import { test } from "node:test";
import type { Labels, SwarmService } from "../model/snapshot.ts";
import { type Desired, type LastGood, desire } from "./desire.ts";
import { configOf, extensionOf, networkOf, nodeOf, secretOf, serviceOf, snapshotOf, taskOf } from "./fixtures.ts";

const nobody: LastGood = new Map();
const config = configOf(extensionOf(""));

function web(labels: Labels, parts: Partial<SwarmService> = {}): SwarmService {
  return serviceOf("web", labels, { networks: ["net-demo"], ...parts });
}

function decide(service: SwarmService | undefined, previous: LastGood): Desired {
  const services = service === undefined ? [] : [service];
  return desire(
    snapshotOf({ services, networks: [networkOf("demo")], tasks: [taskOf("web", "demo", "10.0.1.3")] }),
    config,
    previous,
  );
}

const good: Labels = { "com.docker.lb.hosts": "web.local", "com.docker.lb.port": "80" };
const wrong: Labels = { ...good, "com.docker.lb.port": "eighty" };

function hostsOf(desired: Desired): readonly string[] {
  return desired.clusters.flatMap((cluster) => cluster.structure.routes.map((route) => route.host));
}

void test("a cluster is on the classic road when its extension is not hitless", () => {
  const both = configOf(extensionOf("dev"), extensionOf("prod", { hitless: false }));

  const { clusters } = desire(snapshotOf({}), both, nobody);

  deepEqual(
    clusters.map((cluster) => cluster.classic),
    [false, true],
  );
});

void test("every extension is a cluster, also without routes, sorted by the name of the cluster", () => {
  const both = configOf(extensionOf("test", { name: "a" }), extensionOf("dev", { name: "b" }));

  const { clusters, problems } = desire(snapshotOf({}), both, nobody);

  deepEqual(
    clusters.map((cluster) => [cluster.name, cluster.extension, cluster.endpoints.size, cluster.networks.length]),
    [
      ["dev", "b", 0, 0],
      ["test", "a", 0, 0],
    ],
  );
  deepEqual(problems, []);
});

void test("a claim is remembered over several looks with wrong labels, and forgotten with the service", () => {
  const first = decide(web(good), nobody);
  const second = decide(web(wrong), first.lastGood);
  const third = decide(web(wrong), second.lastGood);
  const gone = decide(undefined, third.lastGood);
  const back = decide(web(wrong), gone.lastGood);

  deepEqual([first, second, third, gone, back].map(hostsOf), [["web.local"], ["web.local"], ["web.local"], [], []]);
  deepEqual(
    third.problems.map((problem) => problem.keepsPrevious),
    [true],
  );
  deepEqual(
    back.problems.map((problem) => problem.keepsPrevious),
    [false],
  );
  equal(gone.lastGood.size, 0);
});

void test("labels removed on purpose are forgotten, and wrong ones after that find nothing to fall back on", () => {
  const first = decide(web(good), nobody);
  const removed = decide(web({}), first.lastGood);

  deepEqual([hostsOf(removed), removed.problems, removed.lastGood.size], [[], [], 0]);
});

void test("a claim that could not be met for a while is met again when the network is back", () => {
  const first = decide(web(good), nobody);
  const off = decide(web(wrong, { networks: [] }), first.lastGood);
  const on = decide(web(wrong), off.lastGood);

  deepEqual([hostsOf(off), hostsOf(on)], [[], ["web.local"]]);
});

void test("warnings are never said to keep a previous version", () => {
  const first = decide(web(good), nobody);

  const { problems } = decide(web({ ...wrong, "com.docker.lb.hots": "web.local" }), first.lastGood);

  deepEqual(
    problems.map((problem) => [problem.code, problem.keepsPrevious]),
    [
      ["LABEL_UNKNOWN", false],
      ["LABEL_PORT_INVALID", true],
    ],
  );
});

void test("a network may be named by its id", () => {
  const { problems, clusters } = decide(web({ ...good, "com.docker.lb.network": "net-demo" }), nobody);

  deepEqual([problems, clusters[0]?.networks], [[], ["net-demo"]]);
});

void test("what core made is never served, whatever its labels", () => {
  const { problems, clusters } = decide(web({ ...good, type: "com.docker.interlock.core.proxy" }), nobody);

  deepEqual([problems, clusters[0]?.structure.routes], [[], []]);
});

void test("a task with an IPv4 and an IPv6 address counts once", () => {
  const both = ["fd00::3", "10.0.1.3"].map((address) => ({ networkId: "net-demo", address }));
  const task = taskOf("web", "demo", "", { addresses: both });

  const { clusters } = desire(
    snapshotOf({ services: [web(good)], networks: [networkOf("demo")], tasks: [task] }),
    config,
    nobody,
  );

  deepEqual([...(clusters[0]?.endpoints.values() ?? [])], [[{ address: "10.0.1.3", port: 80 }]]);
});

void test("of two default backends the older one counts, also within one second", () => {
  const labels = { "com.docker.lb.default_backend": "true", "com.docker.lb.port": "80" };
  const at = (name: string, createdAt: string): SwarmService =>
    serviceOf(name, labels, { createdAt, networks: ["net-demo"] });
  const services = [at("a-younger", "2026-01-01T00:00:05.51Z"), at("b-older", "2026-01-01T00:00:05.5Z")];

  const { clusters, problems } = desire(snapshotOf({ services, networks: [networkOf("demo")] }), config, nobody);

  equal(clusters[0]?.structure.routes[0]?.upstream, "b-older");
  deepEqual(
    problems.map((problem) => [problem.code, problem.service]),
    [["DEFAULT_BACKEND_TAKEN", "a-younger"]],
  );
});

void test("a service that is the default backend at two ports is told of the second, and not of an older service", () => {
  const labels = {
    "com.docker.ucp.mesh.http.1": "external_route=http://,internal_port=80",
    "com.docker.ucp.mesh.http.2": "external_route=http://,internal_port=81",
  };

  const { problems } = decide(web(labels), nobody);

  deepEqual(
    problems.filter((problem) => problem.code === "DEFAULT_BACKEND_TAKEN").map((problem) => problem.sentence),
    ["the service is the default backend at port 80 already, so its port 81 is none"],
  );
});

void test("a default backend that is turned down and has no hosts brings no network", () => {
  const labels = { "com.docker.lb.default_backend": "true", "com.docker.lb.port": "80" };
  const services = ["a", "b"].map((name) => serviceOf(name, labels, { networks: [`net-${name}`] }));

  const { clusters } = desire(snapshotOf({ services, networks: [networkOf("a"), networkOf("b")] }), config, nobody);

  deepEqual(clusters[0]?.networks, ["net-a"]);
});

const secured: Labels = { ...good, "com.docker.lb.ssl_cert": "web.cert", "com.docker.lb.ssl_key": "web.key" };

function decideWithSecrets(labels: Labels, secrets: readonly string[], previous: LastGood): Desired {
  const swarm = { services: [web(labels)], networks: [networkOf("demo")], secrets: secrets.map(secretOf) };
  return desire(snapshotOf(swarm), config, previous);
}

function certificatesOf(desired: Desired): readonly string[] {
  return desired.clusters.flatMap((cluster) => cluster.certificates.map((each) => each.certificate.id));
}

void test("a secret that is made later is used when it is there, and without it the service is served", () => {
  const early = decideWithSecrets(secured, [], nobody);
  const later = decideWithSecrets(secured, ["web.cert", "web.key"], early.lastGood);

  deepEqual([hostsOf(early), certificatesOf(early)], [["web.local"], []]);
  deepEqual([certificatesOf(later), later.problems], [["secret-web.cert"], []]);
});

void test("a service that was served in part keeps the part when a second mistake would take it off", () => {
  const early = decideWithSecrets(secured, [], nobody);
  const broken = decideWithSecrets({ ...secured, ...wrong, "com.docker.lb.ssl_cert": "web.cert" }, [], early.lastGood);
  const later = decideWithSecrets({ ...secured, ...wrong }, ["web.cert", "web.key"], broken.lastGood);

  deepEqual([hostsOf(broken), certificatesOf(broken)], [["web.local"], []]);
  deepEqual(
    broken.problems.map((problem) => [problem.code, problem.keepsPrevious]),
    [
      ["LABEL_PORT_INVALID", true],
      ["SECRET_UNKNOWN", false],
      ["SECRET_UNKNOWN", false],
    ],
  );
  deepEqual([hostsOf(later), certificatesOf(later)], [["web.local"], ["secret-web.cert"]]);
});

void test("labels that were met wholly count before newer ones that are met in part, for as long as they can be", () => {
  const secrets = ["web.cert", "web.key"];
  const gone = { ...secured, "com.docker.lb.hosts": "new.local", "com.docker.lb.ssl_cert": "gone.cert" };
  const whole = decideWithSecrets(secured, secrets, nobody);
  const kept = decideWithSecrets(gone, secrets, whole.lastGood);
  const neither = decideWithSecrets(gone, [], kept.lastGood);
  const broken = decideWithSecrets({ ...gone, ...wrong, "com.docker.lb.ssl_cert": "gone.cert" }, [], neither.lastGood);

  deepEqual([kept, neither, broken].map(hostsOf), [["web.local"], ["new.local"], ["new.local"]]);
});

void test("a label that cost a part when it was served costs that part again, and is not said twice", () => {
  const early = decideWithSecrets({ ...secured, "com.docker.lb.ssl_cert": "no such name" }, ["web.key"], nobody);
  const broken = decideWithSecrets({ ...secured, ...wrong }, ["web.cert", "web.key"], early.lastGood);

  deepEqual([hostsOf(broken), certificatesOf(broken)], [["web.local"], []]);
  deepEqual(
    broken.problems.map((problem) => problem.code),
    ["LABEL_PORT_INVALID"],
  );
});

void test("a certificate stays while the labels for it are wrong in whatever way", () => {
  const secrets = ["web.cert", "web.key"];
  const first = decideWithSecrets(secured, secrets, nobody);
  const wrongs = ["no such secret", "gone.cert", ""].map((name) => ({ ...secured, "com.docker.lb.ssl_cert": name }));

  for (const labels of wrongs) {
    const desired = decideWithSecrets(labels, secrets, first.lastGood);
    deepEqual(certificatesOf(desired), ["secret-web.cert"], JSON.stringify(labels));
    deepEqual(
      desired.problems.map((problem) => problem.keepsPrevious),
      [true],
    );
  }
});

void test("a certificate goes when its labels do", () => {
  const first = decideWithSecrets(secured, ["web.cert", "web.key"], nobody);

  const without = decideWithSecrets(good, ["web.cert", "web.key"], first.lastGood);

  deepEqual([hostsOf(without), certificatesOf(without), without.problems], [["web.local"], [], []]);
});

void test("two ports of one service behind one host are two members of one upstream", () => {
  const labels = {
    "com.docker.ucp.mesh.http.1": "external_route=http://web.local,internal_port=80",
    "com.docker.ucp.mesh.http.2": "external_route=http://web.local,internal_port=81",
  };

  const { clusters, problems } = decide(web(labels), nobody);

  deepEqual(
    [...(clusters[0]?.endpoints ?? [])],
    [
      [
        "web+web:81",
        [
          { address: "10.0.1.3", port: 80 },
          { address: "10.0.1.3", port: 81 },
        ],
      ],
    ],
  );
  deepEqual(
    problems.map((problem) => problem.code),
    ["HRM_LABEL"],
  );
});

void test("a task that publishes its port twice counts once, also on a node the managers have not heard of for a moment", () => {
  const service = web(good, { networks: [], ports: [{ target: 80, protocol: "tcp", mode: "host" }] });
  const hostPorts = [32_769, 32_768].map((published) => ({ target: 80, published, protocol: "tcp" }));
  const task = taskOf("web", "none", "", { addresses: [], nodeId: "node-east", hostPorts });
  const nodes = [nodeOf("east", "172.20.0.4", { state: "unknown" })];

  const { clusters } = desire(snapshotOf({ services: [service], tasks: [task], nodes }), config, nobody);

  deepEqual([...(clusters[0]?.endpoints.values() ?? [])], [[{ address: "172.20.0.4", port: 32_768 }]]);
  deepEqual(clusters[0]?.networks, []);
});

void test("a service whose published port was its way is not moved to an overlay network by wrong labels", () => {
  const ports = [{ target: 80, protocol: "tcp", mode: "host" }] as const;
  const nodes = [nodeOf("east", "172.20.0.4")];
  const tasks = [
    taskOf("web", "demo", "10.0.1.3", {
      nodeId: "node-east",
      hostPorts: [{ target: 80, published: 32_768, protocol: "tcp" }],
    }),
  ];
  const look = (labels: Labels, networks: readonly string[], previous: LastGood): Desired =>
    desire(
      snapshotOf({ services: [web(labels, { networks, ports })], networks: [networkOf("demo")], nodes, tasks }),
      config,
      previous,
    );

  const first = look(good, [], nobody);
  const second = look(wrong, ["net-demo"], first.lastGood);

  deepEqual([...(second.clusters[0]?.endpoints.values() ?? [])], [[{ address: "172.20.0.4", port: 32_768 }]]);
});

void test("the port clients use for HTTPS is the published one, wherever nginx listens", () => {
  const { structure } = decide(web(good), nobody).clusters[0] ?? {};

  deepEqual([structure?.httpsPort, structure?.publicHttpsPort], [443, 8443]);
});

void test("who shares nothing with what changed is still told what it was told, and of a certificate for all hosts", () => {
  const base = snapshotOf({
    networks: [networkOf("demo")],
    secrets: [secretOf("a.cert"), secretOf("a.key")],
  });
  const look = (services: readonly SwarmService[]): readonly (readonly string[])[] =>
    desire({ ...base, services }, config, nobody).problems.map(({ service, code, sentence }) => [
      service,
      code,
      /"(\w+)"/.exec(sentence)?.[1] ?? "",
    ]);
  const served = (name: string, labels: Labels): SwarmService =>
    serviceOf(name, { "com.docker.lb.port": "80", ...labels }, { networks: ["net-demo"] });
  const one = served("one", { "com.docker.lb.hosts": "one.local" });
  const other = served("other", { "com.docker.lb.hosts": "other.local" });
  const all = served("all", {
    "com.docker.lb.default_backend": "true",
    "com.docker.lb.ssl_cert": "a.cert",
    "com.docker.lb.ssl_key": "a.key",
  });
  const both = serviceOf(
    "two",
    {
      "com.docker.ucp.mesh.http.1": "external_route=http://one.local,internal_port=80",
      "com.docker.ucp.mesh.http.2": "external_route=http://other.local,internal_port=81",
    },
    { networks: ["net-demo"], createdAt: "2026-01-02T00:00:00Z" },
  );
  const only = served("only", { "com.docker.lb.hosts": "only.local", "com.docker.lb.ssl_only": "true" });

  const first = look([all, one, other, both]);
  const second = look([all, one, served("other", { "com.docker.lb.hosts": "elsewhere.local" }), both, only]);

  const shared = (by: string): readonly string[] => ["two", "HOST_SHARED", by];
  deepEqual(
    first.filter(([, code]) => code !== "HRM_LABEL"),
    [shared("one"), shared("other")],
  );
  deepEqual(
    second.filter(([, code]) => code !== "HRM_LABEL"),
    [shared("one")],
  );
});

test("networks and certificates that a label does not change are the very same lists, so that nobody compares them", () => {
  const one = serviceOf("one", { ...secured, "com.docker.lb.hosts": "one.local" }, { networks: ["net-apps"] });
  const networks = [networkOf("apps")];
  const secrets = ["web.cert", "web.key"].map(secretOf);
  const decided = (labels: Labels): Desired => {
    const two = serviceOf("two", labels, { networks: ["net-apps"] });
    return desire(snapshotOf({ services: [one, two], networks, secrets }), config, nobody);
  };
  const hosts = (list: string): Labels => ({ ...good, "com.docker.lb.hosts": list });

  const [before] = decided(hosts("two.local")).clusters;
  const [routed] = decided(hosts("two.local,three.local")).clusters;
  const [certified] = decided({ ...secured, ...hosts("two.local,three.local") }).clusters;
  const [sticky] = decided({
    ...secured,
    ...hosts("two.local,three.local"),
    "com.docker.lb.sticky_session_cookie": "id",
  }).clusters;

  equal(routed?.certificates, before?.certificates);
  equal(routed?.networks, before?.networks);
  notEqual(routed?.structure.routes, before?.structure.routes);
  notEqual(certified?.certificates, before?.certificates);
  equal(certified?.networks, before?.networks);
  equal(sticky?.certificates, certified?.certificates);
  notEqual(sticky?.structure.routes, certified?.structure.routes);
});
