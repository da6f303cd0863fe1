/**
 * What holds for every Swarm: deciding never throws, does not depend on order, and keeps services apart.
 */
import { deepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { readLabels } from "../labels/read.ts";
import type { DesiredCluster } from "../model/desired.ts";
import { noUpstream } from "../model/names.ts";
import type { Snapshot, SwarmService } from "../model/snapshot.ts";
import { config, hostileSwarm, mostlyRight, serviceLike, swarm, wild } from "./arbitraries.ts";
import { type Desired, type LastGood, desire } from "./desire.ts";
import { plain } from "./fixtures.ts";
import { holdingsOf } from "./holdings.ts";

const nobody: LastGood = new Map();

/** Memories that are other objects. */
function cloned(memories: LastGood): LastGood {
  return structuredClone(new Map(memories));
}

/** A decision as bytes. */
function bytesOf(desired: Pick<Desired, "clusters">): string {
  return JSON.stringify(desired, (_, each: unknown) => (isTable(each) ? [...each] : each));
}

function isTable(each: unknown): each is Iterable<unknown> {
  return typeof each === "object" && each !== null && !Array.isArray(each) && Symbol.iterator in each;
}

function withService(snapshot: Snapshot, service: SwarmService): Snapshot {
  return { ...snapshot, services: [...snapshot.services, service] };
}

/** Fails when a cluster contradicts itself. */
function consistent({ structure, endpoints, certificates }: DesiredCluster): void {
  const { routes, passthroughs } = structure;
  const led = new Set(routes.map((route) => route.upstream));
  led.delete(noUpstream);
  deepEqual([...endpoints.keys()], [...led].toSorted(), "every upstream has a list, and no other list is there");

  const places = routes.map(({ host, path }) => `${host} ${path}`);
  deepEqual(places, [...new Set(places)].toSorted(), "one route for each host and path, sorted");
  for (const { path, upstream, strip, redirect, httpsOnly } of routes) {
    ok(path.startsWith("/"));
    ok(strip !== true || path !== "/");
    ok(upstream !== noUpstream || redirect !== undefined || httpsOnly === true, "nobody is meant by a route to nobody");
  }

  const ended = certificates.map(({ host }) => host);
  const passed = passthroughs.map(({ host }) => host);
  deepEqual(ended, [...new Set(ended)].toSorted());
  deepEqual(passed, [...new Set(passed)].toSorted());
  ok(!passed.some((host) => ended.includes(host)), "TLS of a host goes one way");
}

void test("labels without any sense never make deciding throw, nor a cluster contradict itself", () => {
  fc.assert(
    fc.property(hostileSwarm, (snapshot) => desire(snapshot, config, nobody).clusters.forEach(consistent)),
    { numRuns: 60_000 },
  );
});

void test("several services beside each other, and one look after another, make clusters that do not contradict themselves", () => {
  fc.assert(
    fc.property(swarm, swarm, (before, now) => {
      desire(now, config, desire(before, config, nobody).lastGood).clusters.forEach(consistent);
    }),
    { numRuns: 6_000 },
  );
});

void test("the order of the snapshot's lists does not matter to a single byte", () => {
  const shuffled = swarm.chain((snapshot) =>
    fc.record({
      snapshot: fc.constant(snapshot),
      services: shuffle(snapshot.services),
      tasks: shuffle([...snapshot.tasks]),
      networks: shuffle(snapshot.networks),
      nodes: shuffle(snapshot.nodes),
      secrets: shuffle(snapshot.secrets),
    }),
  );
  fc.assert(
    fc.property(shuffled, ({ snapshot, ...lists }) => {
      const one = desire(snapshot, config, nobody);
      const other = desire({ ...snapshot, ...lists }, config, nobody);

      deepEqual(bytesOf(other), bytesOf(one));
      deepEqual(other.problems, one.problems);
      deepEqual([...other.lastGood], [...one.lastGood]);
    }),
    { numRuns: 6_000 },
  );
});

function shuffle<Item>(items: readonly Item[]): fc.Arbitrary<Item[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length });
}

void test("a service with wrong labels changes no byte for any other service", () => {
  const spoiled = fc.oneof(mostlyRight(), wild).map((labels) => ({
    "com.docker.lb.hosts": "a.local,b.local",
    "com.docker.lb.default_backend": "true",
    ...labels,
    "com.docker.lb.port": "wrong",
  }));
  fc.assert(
    fc.property(swarm, serviceLike("bad", spoiled), (snapshot, bad) => {
      // Core's own services are not looked at.
      fc.pre(!Object.hasOwn(bad.labels, "type"));
      const without = desire(snapshot, config, nobody);
      const beside = desire(withService(snapshot, bad), config, nobody);

      deepEqual(bytesOf({ clusters: beside.clusters }), bytesOf({ clusters: without.clusters }));
      deepEqual(
        beside.problems.filter((problem) => problem.service !== "bad"),
        without.problems,
      );
      ok(beside.problems.some((problem) => problem.service === "bad" && problem.severity === "error"));
    }),
    { numRuns: 6_000 },
  );
});

void test("whatever a service asks for, hosts that it does not name keep every byte: routes, addresses, certificates, passed TLS", () => {
  const any = fc.oneof(wild, mostlyRight(), mostlyRight({ hosts: "own.local" }));
  fc.assert(
    fc.property(swarm, serviceLike("bad", any), (snapshot, bad) => {
      const hosts = new Set(
        readLabels(bad).claims.flatMap((claim) => [...claim.hosts, ...(claim.defaultBackend ? ["*"] : [])]),
      );
      const without = desire(snapshot, config, nobody);
      const beside = desire(withService(snapshot, bad), config, nobody);

      deepEqual(apartFrom(hosts, beside), apartFrom(hosts, without));
    }),
    { numRuns: 16_000 },
  );
});

function apartFrom(hosts: ReadonlySet<string>, { clusters }: Desired): unknown {
  const isApart = ({ host }: { readonly host: string }): boolean => !hosts.has(host);
  return clusters.map(({ structure, endpoints, certificates, backends }) => {
    const routes = structure.routes.filter(isApart);
    return {
      routes,
      endpoints: routes.map((route) => endpoints.get(route.upstream)),
      certificates: certificates.filter(isApart),
      passthroughs: structure.passthroughs.filter(isApart),
      // Who takes the default backend takes it at every host of the service that had it.
      backends: backends
        .filter(isApart)
        .map((backend) => (hosts.has("*") ? { ...backend, defaultBackend: false } : backend)),
    };
  });
}

void test("deciding twice with what was decided changes nothing", () => {
  fc.assert(
    fc.property(swarm, (snapshot) => {
      const once = desire(snapshot, config, nobody);
      // Other objects, so that it is decided again.
      const twice = desire(structuredClone(snapshot), structuredClone(config), cloned(once.lastGood));

      deepEqual(plain(twice), plain(once));
    }),
    { numRuns: 6_000 },
  );
});

void test("what is remembered of earlier decisions changes no later one", () => {
  const step = fc.record({ change: fc.nat(10), memory: fc.constantFrom("last", "last", "none", "some", "clone") });
  fc.assert(
    fc.property(swarm, swarm, fc.array(step, { minLength: 1, maxLength: 5 }), (first, other, steps) => {
      let snapshot = first;
      let memories = desire(snapshot, config, nobody).lastGood;
      const others = desire(other, config, nobody).lastGood;
      for (const { change, memory } of steps) {
        snapshot = changed(snapshot, other, change);
        const previous = {
          last: memories,
          none: nobody,
          clone: cloned(memories),
          // As after asking proxies: a service has the memory that somebody else kept of it.
          some: new Map([...memories, ...[...others].slice(0, 1)]),
        }[memory];

        const remembered = desire(snapshot, config, previous);
        const anew = desire(structuredClone(snapshot), structuredClone(config), cloned(previous));

        deepEqual(plain(remembered), plain(anew));
        deepEqual(bytesOf(remembered), bytesOf(anew));
        deepEqual(holdingsOf(remembered.clusters), holdingsOf(anew.clusters));
        memories = remembered.lastGood;
      }
    }),
    { numRuns: 3_000 },
  );
});

/** One part of a snapshot as it is in another, or with something gone or called otherwise; all else is the same objects. */
function changed(snapshot: Snapshot, other: Snapshot, change: number): Snapshot {
  const [network, ...networks] = snapshot.networks;
  const changes: readonly Partial<Snapshot>[] = [
    { tasks: other.tasks },
    { tasks: [...snapshot.tasks].slice(1) },
    { services: [...snapshot.services.slice(0, 1), ...other.services.slice(1)] },
    { services: snapshot.services.slice(1) },
    { services: [...other.services.slice(0, 1), ...snapshot.services.slice(1)] },
    { nodes: snapshot.nodes.slice(1) },
    { networks, secrets: snapshot.secrets.slice(1) },
    { networks: network === undefined ? networks : [{ ...network, name: `${network.name}x` }, ...networks] },
    { networks: other.networks, nodes: other.nodes, secrets: other.secrets },
    { services: snapshot.services.map(rolled) },
    {},
  ];
  return { ...snapshot, ...changes[change] };
}

/** The same service, updated to another number of tasks of another image. */
function rolled(service: SwarmService): SwarmService {
  const { version, image, ports } = service;
  const mode = { kind: "replicated", replicas: version } as const;
  const updated = { version: version + 1, image: `${image}x`, mode, updateState: "updating" };
  return { ...service, ports: structuredClone(ports), ...updated };
}

void test("few services that are others than before, beside many, make what all of them anew would make", () => {
  const hosts = ["a", "b", "c", "d", "e", "f", "g", "h"].map((name) => `${name}.local`);
  const labels = fc
    .tuple(mostlyRight(), fc.subarray(hosts, { minLength: 1, maxLength: 2 }))
    .map(([some, named]) => ({ ...some, "com.docker.lb.hosts": named.join(",") }));
  const names = Array.from({ length: 10 }, (_, n) => `s${n}`);
  const change = fc.constantFrom(...names).chain((name) =>
    fc.record({
      name: fc.constant(name),
      service: fc.option(serviceLike(name, fc.oneof({ weight: 9, arbitrary: labels }, wild))),
    }),
  );
  fc.assert(
    fc.property(
      swarm,
      fc.tuple(...names.map((name) => serviceLike(name, labels))),
      fc.array(fc.array(change, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 5 }),
      (base, services, steps) => {
        let snapshot: Snapshot = { ...base, services };
        let { lastGood } = desire(snapshot, config, nobody);
        for (const changes of steps) {
          const gone = new Set(changes.map(({ name }) => name));
          const come = changes.flatMap(({ service }) => service ?? []);
          snapshot = { ...snapshot, services: [...snapshot.services.filter(({ name }) => !gone.has(name)), ...come] };

          const remembered = desire(snapshot, config, lastGood);
          const anew = desire(structuredClone(snapshot), structuredClone(config), cloned(lastGood));

          deepEqual(plain(remembered), plain(anew));
          deepEqual(bytesOf(remembered), bytesOf(anew));
          lastGood = remembered.lastGood;
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

void test("a decision about the same parts is made of the same parts, and so is one about services that are rolled or scaled", () => {
  fc.assert(
    fc.property(swarm, (snapshot) => {
      const { lastGood } = desire(snapshot, config, nobody);

      const first = desire({ ...snapshot }, config, lastGood);
      const second = desire({ ...snapshot }, config, lastGood);
      const third = desire({ ...snapshot, services: snapshot.services.map(rolled) }, config, lastGood);

      first.clusters.forEach(({ structure }, index) => ok(structure === second.clusters[index]?.structure));
      first.clusters.forEach(({ structure }, index) => ok(structure === third.clusters[index]?.structure));
    }),
  );
});
