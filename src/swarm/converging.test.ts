import assert from "node:assert/strict";
import { test } from "node:test";
import type { Snapshot, SwarmService, SwarmTask } from "../model/snapshot.ts";
import { convergingServices, heat, unsettledServices } from "./converging.ts";

const service: SwarmService = {
  id: "a",
  name: "a",
  createdAt: "2026-11-23T00:00:00Z",
  version: 1,
  labels: {},
  image: "app:1",
  mode: { kind: "replicated", replicas: 1 },
  networks: [],
  ports: [],
  vips: [],
  configs: [],
};
const task: SwarmTask = {
  id: "t1",
  serviceId: "a",
  state: "running",
  desiredState: "running",
  addresses: [],
  hostPorts: [],
};
const empty: Snapshot = { services: [], tasks: [], networks: [], nodes: [], configs: [], secrets: [] };

const now = 1_000_000;
const changed = (agoMs: number): ReadonlyMap<string, number> => new Map([["a", now - agoMs]]);

test("a settled service is hot for a few seconds after a change, then cool", () => {
  const snapshot = { ...empty, services: [service], tasks: [task] };

  assert.deepEqual(convergingServices(snapshot, changed(heat.afterChangeMs - 1), now), ["a"]);
  assert.deepEqual(convergingServices(snapshot, changed(heat.afterChangeMs), now), []);
  assert.deepEqual(convergingServices(snapshot, new Map(), now), []);
});

test("a service with too few tasks, too many, or one under way is hot for a minute after the last change", () => {
  const unsettled = [[], [task, { ...task, id: "t2" }], [{ ...task, state: "preparing" }]];

  for (const tasks of unsettled) {
    const snapshot = { ...empty, services: [service], tasks };
    assert.deepEqual(convergingServices(snapshot, changed(30_000), now), ["a"]);
    assert.deepEqual(convergingServices(snapshot, changed(heat.unsettledMs), now), []);
    assert.deepEqual(unsettledServices(snapshot), ["a"]);
  }
});

test("a service that Swarm updates is hot however long that takes; a paused one is not", () => {
  const seen = (updateState: string): readonly string[] =>
    convergingServices({ ...empty, services: [{ ...service, updateState }], tasks: [task] }, new Map(), now);

  assert.deepEqual(seen("updating"), ["a"]);
  assert.deepEqual(seen("rollback_started"), ["a"]);
  assert.deepEqual(seen("paused"), []);
  assert.deepEqual(seen("completed"), []);
});

test("a global service is settled when the tasks it has run; a job is never hot", () => {
  const global: SwarmService = { ...service, mode: { kind: "global" } };
  const job: SwarmService = { ...service, mode: { kind: "job" } };
  const starting = { ...task, state: "starting" };

  assert.deepEqual(unsettledServices({ ...empty, services: [global], tasks: [task] }), []);
  assert.deepEqual(unsettledServices({ ...empty, services: [global], tasks: [starting] }), ["a"]);
  assert.deepEqual(convergingServices({ ...empty, services: [job], tasks: [starting] }, changed(0), now), []);
});
