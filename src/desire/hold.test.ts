/**
 * What holds a look back, what does not, and how a hold ends.
 */
import { deepEqual, equal, fail, ok } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Snapshot, SwarmService, SwarmTask } from "../model/snapshot.ts";
import { config as anyConfig, swarm } from "./arbitraries.ts";
import { desire } from "./desire.ts";
import { type Doubt, doubtOf, isDoubtful, lackSentence, type Seen } from "./doubt.ts";
import { configOf, extensionOf, networkOf, nodeOf, secretOf, serviceOf, snapshotOf, taskOf } from "./fixtures.ts";
import { type Hold, verdictOn } from "./hold.ts";
import { exceeds, holdingKinds, holdingsOf, minus, noHoldings } from "./holdings.ts";
import { losesLittle } from "./losses.ts";
import { type Heard, mended } from "./vanished.ts";

const config = configOf(extensionOf(""));
const silence: Heard = { updated: new Set(), removed: new Set() };
const own = { serviceId: "svc-core", taskId: "task-core", nodeId: "node-a", controlNetwork: { id: "net-control" } };

/** A Swarm of core and these applications, with two tasks each on the nodes a and b. */
function swarmOf(...names: readonly string[]): Snapshot {
  const apps = names.map((name, at) => ({
    service: serviceOf(
      name,
      {
        "com.docker.lb.hosts": `${name}.example`,
        "com.docker.lb.port": "80",
        "com.docker.lb.ssl_cert": `${name}.cert`,
        "com.docker.lb.ssl_key": `${name}.key`,
      },
      { networks: ["net-front"], mode: { kind: "replicated", replicas: 2 } },
    ),
    tasks: [1, 2].map((slot) =>
      taskOf(name, "front", `10.0.${at}.${slot}`, { slot, nodeId: slot === 1 ? "node-a" : "node-b" }),
    ),
    secrets: [secretOf(`${name}.cert`), secretOf(`${name}.key`)],
  }));
  return snapshotOf({
    services: [serviceOf("core", {}), ...apps.map(({ service }) => service)],
    tasks: [
      taskOf("core", "control", "10.9.0.2", { id: "task-core", slot: 1, nodeId: "node-a" }),
      ...apps.flatMap(({ tasks }) => tasks),
    ],
    networks: [networkOf("control"), networkOf("front")],
    nodes: [nodeOf("a", "172.20.0.4"), nodeOf("b", "172.20.0.5")],
    secrets: apps.flatMap(({ secrets }) => secrets),
  });
}

const before = swarmOf("web", "api", "shop");

function seen(snapshot: Snapshot): Seen {
  return { snapshot, clusters: desire(snapshot, config, new Map()).clusters };
}

function doubt(after: Snapshot, heard = silence, older: Snapshot | undefined = before, percent = 50): Doubt {
  const decide = (snapshot: Snapshot) => desire(snapshot, config, new Map()).clusters;
  return doubtOf(older === undefined ? undefined : seen(older), seen(after), heard, { own, percent, decide });
}

/** What a look lacks; empty when it is believed. */
function lacks(after: Snapshot, heard = silence, older: Snapshot | undefined = before): string {
  const found = doubt(after, heard, older);
  return isDoubtful(found, 50) ? lackSentence(found) : "";
}

function withServices(change: (service: SwarmService) => readonly SwarmService[], snapshot = before): Snapshot {
  return {
    ...snapshot,
    services: snapshot.services.flatMap((each) => (each.id === own.serviceId ? [each] : change(each))),
  };
}

function withTasks(keep: (task: SwarmTask) => boolean, snapshot = before): Snapshot {
  return { ...snapshot, tasks: snapshot.tasks.filter((each) => each.id === own.taskId || keep(each)) };
}

/** None of the applications has a task any more. */
const emptied = withTasks(() => false);

test("a list that lacks the applications' services, tasks, network or secrets without a reason is held back, and said in numbers", () => {
  equal(lacks(withServices(() => [])), "3 of 3 routes, 6 of 6 endpoints and 3 of 3 certificates, e.g. api.example");
  equal(lacks(emptied), "6 of 6 endpoints, e.g. one of api");
  equal(
    lacks({ ...before, networks: [networkOf("control")] }),
    "3 of 3 routes, 6 of 6 endpoints and 3 of 3 certificates, e.g. api.example",
  );
  equal(lacks({ ...before, secrets: [] }), "3 of 3 certificates, e.g. api.example");
});

test("more than the share must be lost: half of it is not, and neither is one crash in a small Swarm", () => {
  const four = swarmOf("web", "api", "shop", "blog");
  const without = (...names: readonly string[]) =>
    withServices((each) => (names.includes(each.name) ? [] : [each]), four);

  equal(lacks(without("web", "api"), silence, four), "");
  ok(lacks(without("web", "api", "shop"), silence, four) !== "");
  const one = swarmOf("web");
  equal(
    lacks(
      withTasks(() => false, one),
      silence,
      one,
    ),
    "",
  );
});

test("services whose removal was heard may go, all at once", () => {
  const removed = new Set(["svc-web", "svc-api", "svc-shop"]);

  equal(
    lacks(
      withTasks(
        () => false,
        withServices(() => []),
      ),
      { ...silence, removed },
    ),
    "",
  );
  // The lists are not one transaction.
  equal(lacks(emptied, { ...silence, removed }), "");
});

test("services that their owners changed may lose every task", () => {
  const newer = withServices((each) => [{ ...each, version: 2 }], emptied);
  const updating = withServices((each) => [{ ...each, updateState: "updating" }]);

  equal(lacks(newer), "");
  equal(
    lacks(
      withTasks(() => false, updating),
      silence,
      updating,
    ),
    "",
  );
  equal(lacks(emptied, { ...silence, updated: new Set(["svc-web", "svc-api", "svc-shop"]) }), "");
  const unlabelled = withServices((each) => [{ ...each, version: 2, labels: {} }]);
  equal(lacks(unlabelled), "");
});

test("a service that shrinks may lose the tasks it no longer asks for, also a look after it was told to", () => {
  const told = withServices((each) => [{ ...each, version: 2, mode: { kind: "replicated", replicas: 0 } }]);

  equal(
    lacks(
      withTasks(() => false, told),
      silence,
      told,
    ),
    "",
  );
});

test("tasks may go with their node, drained, down or removed; not with a node that only the list lacks", () => {
  const nodes = before.nodes.filter(({ id }) => id === own.nodeId);
  const [b] = before.nodes.filter(({ id }) => id !== own.nodeId);
  const other = b ?? nodeOf("b", "");
  const apart = {
    ...before,
    tasks: before.tasks.map((each) => (each.id === own.taskId ? each : { ...each, nodeId: other.id })),
  };
  const gone = withTasks(() => false, apart);

  for (const change of [{ availability: "drain" }, { state: "down" }, { labels: { zone: "b" } }]) {
    equal(lacks({ ...gone, nodes: [...nodes, { ...other, ...change }] }, silence, apart), "", JSON.stringify(change));
  }
  equal(lacks({ ...gone, nodes }, { ...silence, removed: new Set([other.id]) }, apart), "");
  ok(lacks({ ...gone, nodes }, silence, apart) !== "");
  ok(lacks({ ...gone, nodes: [...nodes, { ...other, state: "unknown" }] }, silence, apart) !== "");
});

test("tasks that crash are missed until others stand in their slots", () => {
  const again = (slot: number): SwarmTask[] =>
    ["web", "api", "shop"].map((name) =>
      taskOf(name, "front", `10.1.0.${slot}`, { slot, nodeId: "node-b", state: "starting" }),
    );
  const restarted = { ...emptied, tasks: [...emptied.tasks, ...again(1), ...again(2)] };

  ok(lacks(emptied) !== "");
  equal(lacks(restarted), "");
});

test("a look in which core does not see itself is doubtful whatever else it says, the first one too", () => {
  for (const older of [before, undefined]) {
    equal(lacks({ ...before, services: [] }, silence, older).startsWith("core's own service"), true);
    equal(lacks({ ...before, tasks: [] }, silence, older).startsWith("core's own task"), true);
    equal(lacks({ ...before, nodes: [] }, silence, older).startsWith("the node core runs on"), true);
    equal(lacks({ ...before, networks: [] }, silence, older).startsWith("the control network"), true);
  }
  ok(isDoubtful(doubt({ ...before, tasks: [] }, silence, before, 0), 0));
  equal(lacks(before, silence, undefined), "");
});

test("core's own service is missed also when its removal was heard: core is being disabled", () => {
  const disabled = { ...before, services: before.services.filter(({ id }) => id !== own.serviceId) };

  equal(lacks(disabled, { ...silence, removed: new Set([own.serviceId]) }), "core's own service");
});

test("a core that is being replaced goes on until its end", () => {
  const tasks = before.tasks.filter(({ id }) => id !== own.taskId);
  const services = before.services.map((each) => (each.id === own.serviceId ? { ...each, version: 2 } : each));

  equal(lacks({ ...before, services, tasks }), "");
});

test("with a share of 0 a look may take everything core does not need itself", () => {
  equal(isDoubtful(doubt(emptied, silence, before, 0), 0), false);
});

const patience = { percent: 50, delayMs: 30_000 };

function held(after: Doubt, hold: Hold | undefined, nowMs: number): Hold {
  const verdict = verdictOn(after, hold, patience, nowMs);
  return verdict.kind === "held" ? verdict.hold : fail(`believed: ${verdict.ended}`);
}

test("a second look that says the same is believed after the delay, and a plausible one at once", () => {
  const lie = doubt(emptied);
  const hold = held(lie, undefined, 1_000);

  equal(verdictOn(lie, hold, patience, 30_999).kind, "held");
  deepEqual(verdictOn(lie, hold, patience, 31_000), { kind: "believed", ended: "confirmed" });
  deepEqual(verdictOn(doubt(before), hold, patience, 1_001), { kind: "believed", ended: "plausible" });
  deepEqual(verdictOn(doubt(before), undefined, patience, 1_001), { kind: "believed" });
});

test("looks that each lack something else confirm nothing; one more task that is missing meanwhile does no harm", () => {
  const many = swarmOf("a", "b", "c", "d", "e", "f");
  const without = (...names: readonly string[]): Doubt =>
    doubt(
      withServices((each) => (names.includes(each.name) ? [] : [each]), many),
      silence,
      many,
    );
  const first = held(without("a", "b", "c", "d"), undefined, 0);

  const other = held(without("c", "d", "e", "f"), first, 40_000);
  const third = held(without("a", "b", "c", "d"), other, 80_000);
  const more = verdictOn(without("a", "b", "c", "d", "e"), third, patience, 110_000);

  deepEqual([other.sinceMs, other.begunMs, third.sinceMs, third.begunMs], [40_000, 0, 80_000, 0]);
  deepEqual(more, { kind: "believed", ended: "confirmed" });
});

test("the operator's word lets through what was held, and not something worse", () => {
  const many = swarmOf("a", "b", "c", "d");
  const without = (...names: readonly string[]): Doubt =>
    doubt(
      withServices((each) => (names.includes(each.name) ? [] : [each]), many),
      silence,
      many,
    );
  const approved = { ...held(without("a", "b", "c"), undefined, 0), approved: true };

  deepEqual(verdictOn(without("a", "b", "c"), approved, patience, 1), { kind: "believed", ended: "approved" });
  equal(held(without("a", "b", "c", "d"), approved, 1).approved, false);
});

test("no time confirms a look in which core does not see itself; the operator's word does, and then it is not missed again", () => {
  const blind = { ...before, networks: [networkOf("front")] };
  const hold = held(doubt(blind), undefined, 0);

  equal(verdictOn(doubt(blind), hold, patience, 1e9).kind, "held");
  deepEqual(verdictOn(doubt(blind), { ...hold, approved: true }, patience, 1), { kind: "believed", ended: "approved" });
  equal(lacks(blind, silence, blind), "");
});

/** One look after another, of any kind. */
const looks = fc.tuple(swarm, swarm);
const anywhere = { own: { serviceId: "", taskId: "", nodeId: "" }, percent: 50 };

function anySeen(snapshot: Snapshot): Seen {
  return { snapshot, clusters: desire(snapshot, anyConfig, new Map()).clusters };
}

function anyDoubt(older: Snapshot, newer: Snapshot, heard: Heard): Doubt {
  const decide = (snapshot: Snapshot) => desire(snapshot, anyConfig, new Map()).clusters;
  return doubtOf(anySeen(older), anySeen(newer), heard, { ...anywhere, decide });
}

test("a look that nothing vanished from without a reason is never doubtful", () => {
  fc.assert(
    fc.property(looks, ([older, newer]) => {
      const removed = new Set(
        [...older.services, ...older.nodes, ...older.networks, ...older.secrets].map(({ id }) => id),
      );
      const told = { ...newer, services: newer.services.map((each) => ({ ...each, version: each.version + 1 })) };

      equal(mended(older, told, { ...silence, removed }), told);
      equal(isDoubtful(anyDoubt(older, told, { ...silence, removed }), 50), false);
      equal(isDoubtful(anyDoubt(older, older, silence), 50), false);
    }),
    { numRuns: 300 },
  );
});

test("what is doubted was there and is not there any more", () => {
  const less = swarm.chain((whole) =>
    fc.record({
      older: fc.constant(whole),
      newer: fc.record({
        services: fc.subarray([...whole.services]),
        tasks: fc.subarray([...whole.tasks]),
        networks: fc.subarray([...whole.networks]),
        nodes: fc.subarray([...whole.nodes]),
        secrets: fc.subarray([...whole.secrets]),
        configs: fc.constant([]),
      }),
    }),
  );
  fc.assert(
    fc.property(less, ({ older, newer }) => {
      const [all, left] = [older, newer].map((each) => holdingsOf(anySeen(each).clusters));
      const { lost } = anyDoubt(older, newer, silence);

      for (const kind of holdingKinds) {
        for (const key of lost[kind].keys()) ok(all?.[kind].has(key) === true && left?.[kind].has(key) === false);
      }
      equal(anyDoubt(older, older, silence).lost, noHoldings);
    }),
    { numRuns: 300 },
  );
});

test("what plainly loses little is never enough to stop for", () => {
  fc.assert(
    fc.property(swarm, fc.nat(8), fc.nat(8), ({ tasks, ...rest }, from, count) => {
      const [older, newer] = [tasks, [...tasks].toSpliced(from, count)].map(
        (some) => desire({ ...rest, tasks: some }, anyConfig, new Map()).clusters,
      );
      ok(older !== undefined && newer !== undefined);
      const all = holdingsOf(older);

      const isEnough = exceeds(minus(all, holdingsOf(newer)), all, 1);

      ok(!isEnough || !losesLittle(older, newer));
      if (count === 0) ok(losesLittle(older, newer));
    }),
    { numRuns: 1_000 },
  );
});
