/**
 * What holds for every Swarm: deciding never throws, does not depend on order, and keeps services apart.
 */
import { deepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Labels, Snapshot, SwarmService, SwarmTask } from "../model/snapshot.ts";
import { type Desired, type LastGood, desire } from "./desire.ts";
import { configOf, extensionOf, networkOf, serviceOf, snapshotOf, taskOf } from "./fixtures.ts";

const config = configOf(extensionOf("dev"), extensionOf("prod", { networks: ["n1", "n2", "none"] }), extensionOf(""));
const networks = ["n1", "n2", "n3"].map((name) =>
  networkOf(name, name === "n3" ? { labels: { "com.docker.stack.namespace": "shop" } } : {}),
);

/** Any text at all, lone surrogates and control characters included. */
const anyText = fc.array(fc.nat(0xffff), { maxLength: 80 }).map((units) => String.fromCharCode(...units));

const value = fc.oneof(
  fc.constantFrom("a.local", "a.local,b.local", "c.local, *", "80", "8080", "true", "0", "vip", "task"),
  fc.constantFrom("dev", "prod", "", "n1", "net-n2", "n3", "bridge", "x;y", "\u0000"),
  anyText,
);
const label = fc.constantFrom("hosts", "port", "network", "service_cluster", "default_backend", "backend_mode", "hots");
const wild: fc.Arbitrary<Labels> = fc.oneof(fc.dictionary(label, value), fc.dictionary(fc.string(), value));

/** Labels that are mostly right, so that the interesting part of the rules is reached. */
const mostlyRight: fc.Arbitrary<Labels> = fc
  .record(
    {
      hosts: fc.constantFrom("a.local", "b.local", "a.local,c.local", "c.local,*.bad"),
      port: fc.constantFrom("80", "80", "81", "x"),
      network: fc.constantFrom("n1", "n1", "n2", "n3", "n4"),
      service_cluster: fc.constantFrom("dev", "dev", "prod", "", "tset"),
      default_backend: fc.constantFrom("true", "false"),
      backend_mode: fc.constantFrom("task", "vip"),
    },
    { requiredKeys: ["hosts", "port"] },
  )
  .map((labels) => ({ ...labels }));

const joinedArbitrary = fc.oneof(
  { weight: 3, arbitrary: fc.constant(["net-n1"]) },
  { weight: 1, arbitrary: fc.subarray(["net-n1", "net-n2", "net-n3", "net-gone"]) },
);

function serviceArbitrary(name: string, labels: fc.Arbitrary<Labels>): fc.Arbitrary<SwarmService> {
  return fc.tuple(labels, joinedArbitrary, fc.nat(3), fc.boolean()).map(([each, joined, age, hasVips]) =>
    serviceOf(name, Object.fromEntries(Object.entries(each).map(([key, text]) => [`com.docker.lb.${key}`, text])), {
      networks: joined,
      createdAt: `2026-01-01T00:00:0${age}Z`,
      vips: hasVips ? joined.map((networkId) => ({ networkId, address: `10.9.0.${name.length}` })) : [],
    }),
  );
}

const states = fc.constantFrom("running", "running", "running", "running", "starting");
const taskArbitrary: fc.Arbitrary<SwarmTask> = fc
  .tuple(fc.nat(3), fc.constantFrom("n1", "n1", "n1", "n2"), fc.nat(250), states, states)
  .map(([owner, network, host, state, desiredState]) =>
    taskOf(`s${owner}`, network, `10.0.1.${host}`, { state, desiredState }),
  );

const swarm: fc.Arbitrary<Snapshot> = fc
  .tuple(
    fc.tuple(...[0, 1, 2, 3].map((n) => serviceArbitrary(`s${n}`, fc.oneof(mostlyRight, mostlyRight, wild)))),
    fc.uniqueArray(taskArbitrary, { selector: (task) => task.id, minLength: 4, maxLength: 16 }),
  )
  .map(([services, tasks]) => snapshotOf({ services, tasks, networks }));

const nobody: LastGood = new Map();

/** A decision as bytes. */
function bytesOf(desired: Pick<Desired, "clusters">): string {
  return JSON.stringify(desired, (_, each: unknown) => (each instanceof Map ? [...each] : each));
}

void test("deciding never throws, and every route leads to an upstream whose endpoints are listed", () => {
  fc.assert(
    fc.property(swarm, swarm, (before, now) => {
      const { clusters } = desire(now, config, desire(before, config, nobody).lastGood);

      for (const { structure, endpoints } of clusters) {
        const led = new Set(structure.routes.map((route) => route.upstream));
        deepEqual([...endpoints.keys()], [...led].toSorted());
      }
    }),
  );
});

void test("the order of the snapshot's lists does not matter to a single byte", () => {
  const shuffled = swarm.chain((snapshot) =>
    fc.record({
      snapshot: fc.constant(snapshot),
      services: shuffle(snapshot.services),
      tasks: shuffle(snapshot.tasks),
      networks: shuffle(snapshot.networks),
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
  );
});

function shuffle<Item>(items: readonly Item[]): fc.Arbitrary<Item[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length });
}

void test("a service with wrong labels changes no byte for any other service", () => {
  const spoiled = fc
    .oneof(mostlyRight, wild)
    .map((labels): Labels => ({ hosts: "a.local,b.local", default_backend: "true", ...labels, port: "wrong" }));
  fc.assert(
    fc.property(swarm, serviceArbitrary("bad", spoiled), (snapshot, bad) => {
      const without = desire(snapshot, config, nobody);
      const beside = desire({ ...snapshot, services: [...snapshot.services, bad] }, config, nobody);

      deepEqual(bytesOf({ clusters: beside.clusters }), bytesOf({ clusters: without.clusters }));
      deepEqual(
        beside.problems.filter((problem) => problem.service !== "bad"),
        without.problems,
      );
      ok(beside.problems.some((problem) => problem.service === "bad" && problem.severity === "error"));
    }),
  );
});

void test("a service that asks for hosts of its own changes no route and no endpoint of another", () => {
  const own = mostlyRight.map((labels): Labels => {
    const { default_backend: _, ...rest } = labels;
    return { ...rest, hosts: "own.local" };
  });
  fc.assert(
    fc.property(swarm, serviceArbitrary("own", own), (snapshot, service) => {
      const without = desire(snapshot, config, nobody);
      const beside = desire({ ...snapshot, services: [...snapshot.services, service] }, config, nobody);

      deepEqual(othersOf(beside), othersOf(without));
    }),
  );
});

function othersOf(desired: Desired): unknown {
  return desired.clusters.map((cluster) => [
    cluster.structure.routes.filter((route) => route.host !== "own.local"),
    [...cluster.endpoints].filter(([upstream]) => upstream !== "own"),
  ]);
}

void test("deciding twice with what was decided changes nothing", () => {
  fc.assert(
    fc.property(swarm, (snapshot) => {
      const once = desire(snapshot, config, nobody);
      const twice = desire(snapshot, config, once.lastGood);

      deepEqual(twice, once);
    }),
  );
});
