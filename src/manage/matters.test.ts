import { equal } from "node:assert/strict";
import { test } from "node:test";
import type { DesiredCluster } from "../model/desired.ts";
import type { Snapshot, SwarmService } from "../model/snapshot.ts";
import { configOf, context, madeFrom, networkOf, serviceOf, snapshotOf, taskOf } from "./fixtures.ts";
import { type Look, matters } from "./matters.ts";
import { proxySpec } from "./spec.ts";

const app = serviceOf("app", { networks: ["net-app"] });
const proxy = madeFrom(proxySpec(configOf("dev"), ["net-app"], context));
const { id, name } = { id: "id-cert", name: "cert" };
const cluster = {
  extension: "dev",
  networks: ["net-app"],
  certificates: [{ certificate: { id, name }, key: { id, name } }],
} as unknown as DesiredCluster;

function seen(services: readonly SwarmService[], parts: Partial<Snapshot> = {}): Snapshot {
  const sorted = services.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return {
    ...snapshotOf(
      sorted,
      [networkOf("app")],
      sorted.map((service) => taskOf(service)).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    ),
    ...parts,
  };
}

const snapshot = seen([app, proxy]);
const before: Look = { snapshot, clusters: [cluster] };

function after(next: Partial<Snapshot>, clusters: readonly DesiredCluster[] = before.clusters): boolean {
  return matters(before, { snapshot: { ...snapshot, ...next }, clusters }, context.owner);
}

test("what applications do to themselves does not matter", () => {
  const relabelled = { ...app, version: 2, labels: { "com.docker.lb.hosts": "a.example" }, updateState: "updating" };
  const moved = [taskOf(app, { id: "task-app-2" }), ...[...snapshot.tasks].slice(1)];

  equal(after({}), false);
  equal(after({ services: [relabelled, proxy] }), false);
  equal(after({ tasks: moved }), false);
  equal(after({}, [structuredClone(cluster)]), false);
});

test("networks, configs, names and nodes matter, whoever has them, and so does all that is core's", () => {
  const matter: readonly (readonly [string, boolean])[] = [
    ["another network of an application", after({ services: [{ ...app, networks: [] }, proxy] })],
    ["another config of an application", after({ services: [{ ...app, configs: ["c"] }, proxy] })],
    ["a new service", after({ services: [app, serviceOf("new"), proxy] })],
    ["a service less", after({ services: [proxy] })],
    ["an application that is given core's labels", after({ services: [{ ...app, labels: proxy.labels }, proxy] })],
    ["a service that loses core's labels", after({ services: [app, { ...proxy, labels: {} }] })],
    ["another version of core's service", after({ services: [app, { ...proxy, version: 2 }] })],
    ["a task of core's service", after({ tasks: [taskOf(app), taskOf(proxy, { state: "pending" })] })],
    ["a node", after({ nodes: [] })],
    ["a network", after({ networks: [] })],
    ["a config", after({ configs: [] })],
    ["a secret", after({ secrets: [] })],
    ["another network to be on", after({}, [{ ...cluster, networks: [] }])],
    ["another certificate to hand over", after({}, [{ ...cluster, certificates: [] }])],
    ["a cluster more", after({}, [cluster, { ...cluster, extension: "test" }])],
  ];

  for (const [what, is] of matter) equal(is, true, what);
});
