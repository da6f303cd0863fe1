import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { Labels, SwarmService } from "../model/snapshot.ts";
import { type Desired, type LastGood, desire } from "./desire.ts";
import { configOf, extensionOf, networkOf, serviceOf, snapshotOf, taskOf } from "./fixtures.ts";

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

  const { problems } = decide(web({ ...wrong, "com.docker.lb.ip_hash": "true" }), first.lastGood);

  deepEqual(
    problems.map((problem) => [problem.code, problem.keepsPrevious]),
    [
      ["LABEL_NOT_ACTED_ON", false],
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

void test("a default backend that is turned down and has no hosts brings no network", () => {
  const labels = { "com.docker.lb.default_backend": "true", "com.docker.lb.port": "80" };
  const services = ["a", "b"].map((name) => serviceOf(name, labels, { networks: [`net-${name}`] }));

  const { clusters } = desire(snapshotOf({ services, networks: [networkOf("a"), networkOf("b")] }), config, nobody);

  deepEqual(clusters[0]?.networks, ["net-a"]);
});
