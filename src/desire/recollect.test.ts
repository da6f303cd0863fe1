import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Memories } from "../model/memory.ts";
import { parseServiceClusterName, unnamedCluster, type ServiceClusterName } from "../model/names.ts";
import type { Labels, Snapshot, SwarmService } from "../model/snapshot.ts";
import { config as anyConfig, swarm } from "./arbitraries.ts";
import { desire } from "./desire.ts";
import { configOf, extensionOf, networkOf, plain, serviceOf, snapshotOf, taskOf } from "./fixtures.ts";
import { recollect } from "./recollect.ts";

const config = configOf(extensionOf(""), extensionOf("dev"), extensionOf("prod"));
const named = (name: string): ServiceClusterName => parseServiceClusterName(name) ?? unnamedCluster;
const nobody: Memories = new Map();

const good: Labels = {
  "com.docker.lb.hosts": "web.local",
  "com.docker.lb.port": "80",
  "com.docker.lb.service_cluster": "dev",
};
const wrong: Labels = { ...good, "com.docker.lb.port": "99999" };

function look(labels: Labels, parts: Partial<SwarmService> = {}): Snapshot {
  const services = [serviceOf("web", labels, { networks: ["net-demo"], ...parts })];
  const networks = [networkOf("demo"), networkOf("other")];
  return snapshotOf({ services, networks, tasks: [taskOf("web", "demo", "10.0.1.3")] });
}

/** What the proxies of each cluster keep after a look, having crossed the wire. */
function keptAfter(snapshot: Snapshot): ReadonlyMap<ServiceClusterName, Memories> {
  const { memories } = desire(snapshot, config, nobody);
  return new Map([...memories].map(([cluster, each]) => [cluster, new Map(JSON.parse(JSON.stringify([...each])))]));
}

void test("a core that is reminded decides as the one before would have, problems and all", () => {
  const before = desire(look(good), config, nobody);
  const lived = desire(look(wrong), config, before.lastGood);

  const started = desire(look(wrong), config, nobody);
  const kept = keptAfter(look(good)).get(named("dev")) ?? nobody;
  const reminded = desire(look(wrong), config, recollect(kept, named("dev"), started.unmet, look(wrong), config));

  deepEqual(started.clusters.flatMap((cluster) => cluster.structure.routes).length, 0);
  deepEqual(plain(reminded), plain(lived));
});

void test("a service is reached over the network of then, although it is on a second one by now", () => {
  const kept = keptAfter(look(good)).get(named("dev")) ?? nobody;
  const now = look(wrong, { networks: ["net-demo", "net-other"] });
  const lastGood = recollect(kept, named("dev"), new Set(["svc-web"]), now, config);

  const { clusters } = desire(now, config, lastGood);

  deepEqual(clusters.find(({ name }) => name === "dev")?.networks, ["net-demo"]);
});

void test("labels of the older routing mesh find the port they left to the service, although it publishes others by now", () => {
  const mesh: Labels = { "com.docker.ucp.mesh.http": "external_route=http://web.local" };
  const published = (...targets: number[]): Partial<SwarmService> => ({
    ports: targets.map((target) => ({ target, protocol: "tcp", mode: "ingress" })),
  });
  const kept = keptAfter(look(mesh, published(8080))).get(unnamedCluster) ?? nobody;
  const now = look(mesh, published(8080, 9090));
  const lastGood = recollect(kept, unnamedCluster, new Set(["svc-web"]), now, config);

  const { clusters } = desire(now, config, lastGood);

  deepEqual([...(clusters[0]?.endpoints.values() ?? [])], [[{ address: "10.0.1.3", port: 8080 }]]);
});

void test("only labels of ours are remembered", () => {
  const labels = { ...good, "com.docker.lb.hots": "x", "com.docker.stack.namespace": "shop", secret: "text" };

  const memory = keptAfter(look(labels)).get(named("dev"))?.get("svc-web");

  deepEqual(memory, { labels: good, network: "net-demo" });
});

void test("the proxies of one cluster are not believed about another", () => {
  const kept = keptAfter(look(good)).get(named("dev")) ?? nobody;
  const needed = new Set(["svc-web"]);
  const believed = (from: string, now: Labels): number => recollect(kept, named(from), needed, look(now), config).size;

  equal(believed("dev", wrong), 1);
  equal(believed("prod", wrong), 0);
  equal(believed("", wrong), 0);
  // It says where it belongs now, and that is elsewhere.
  equal(believed("dev", { ...wrong, "com.docker.lb.service_cluster": "prod" }), 0);
  // A cluster there is none of is the mistake to be lived through.
  equal(believed("dev", { ...wrong, "com.docker.lb.service_cluster": "dve" }), 1);
  equal(believed("dev", { ...wrong, "com.docker.lb.service_cluster": "no such; name" }), 1);
});

void test("what is not needed, not there, one of ours, or cannot be read is not taken", () => {
  const kept = keptAfter(look(good)).get(named("dev")) ?? nobody;
  const needed = new Set(["svc-web"]);
  const taken = (from: Memories, now: Snapshot, ids: ReadonlySet<string> = needed): number =>
    recollect(from, named("dev"), ids, now, config).size;

  equal(taken(kept, look(wrong), new Set()), 0);
  equal(taken(kept, snapshotOf({})), 0);
  equal(taken(kept, look({ ...wrong, type: "com.docker.interlock.core.proxy" })), 0);
  equal(taken(new Map([["svc-web", { labels: wrong }]]), look(wrong)), 0);
  equal(taken(new Map([["svc-web", { labels: {} }]]), look(wrong)), 0);
});

void test("whatever changes while core is away, what proxies kept makes it decide as if it had not been", () => {
  fc.assert(
    fc.property(swarm, swarm, (before, now) => {
      const first = desire(before, anyConfig, nobody);
      const lived = desire(now, anyConfig, first.lastGood);
      const started = desire(now, anyConfig, nobody);
      const found = [...first.memories].flatMap(([cluster, kept]) => [
        ...recollect(kept, cluster, started.unmet, now, anyConfig),
      ]);

      const reminded = desire(now, anyConfig, new Map(found));

      // But for those that say they belong to another cluster now, which the proxies of the one before are not believed about.
      const believed = new Set(found.map(([service]) => service));
      fc.pre([...started.unmet].every((id) => believed.has(id) || !first.lastGood.has(id)));
      const [one, other] = [plain(reminded), plain(lived)];
      deepEqual(one.clusters, other.clusters);
      deepEqual(one.problems, other.problems);
    }),
    { numRuns: 1_000 },
  );
});
