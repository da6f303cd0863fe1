import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import type { Snapshot, SwarmService, SwarmTask } from "../model/snapshot.ts";
import { configOf, context, madeFrom, snapshotOf, taskOf } from "./fixtures.ts";
import { Rolls } from "./rolls.ts";
import type { Step } from "./step.ts";
import { wantedServices } from "./wanted.ts";

const wanted = wantedServices([configOf("dev")], new Map(), context);
const names = { proxy: "ucp-interlock-proxy-dev", extension: "ucp-interlock-extension-dev" } as const;

const joins = (name: string): Step => ({
  kind: "setNetworks",
  name,
  id: `svc-${name}`,
  version: 1,
  networks: [],
  why: "",
});
const goes: Step = { kind: "removeService", name: "old", id: "svc-old", why: "" };

/** Both services, with tasks in these states. */
function look(parts: Partial<SwarmService>, states: readonly string[], of: keyof typeof names = "proxy"): Snapshot {
  const services = wanted.map(({ spec }) => madeFrom(spec, spec.Name === names[of] ? parts : {}));
  const tasks = services.flatMap((service): readonly SwarmTask[] =>
    service.name === names[of]
      ? states.map((state, slot) => taskOf(service, { id: `task-${slot}`, state }))
      : [taskOf(service)],
  );
  return snapshotOf(services, [], tasks);
}

/** Names of what is put off. */
function later(rolls: Rolls, snapshot: Snapshot, nowMs: number, ...steps: readonly Step[]): readonly string[] {
  const sorted = rolls.sort(steps, wanted, snapshot, nowMs);
  deepEqual(sorted.now.length + sorted.later.length, steps.length);
  return sorted.later.map(({ name }) => name);
}

void test("a change of proxies waits while Swarm replaces them, and is made when it has", () => {
  const rolls = new Rolls();
  const joining = joins(names.proxy);

  deepEqual(later(rolls, look({ updateState: "updating" }, ["running"]), 0, joining), [names.proxy]);
  deepEqual(later(rolls, look({ updateState: "updating" }, ["running", "running"]), 1, joining), [names.proxy]);
  deepEqual(later(rolls, look({ updateState: "rollback_started" }, ["running"]), 1, joining), [names.proxy]);
  deepEqual(later(rolls, look({ updateState: "completed" }, ["running", "running"]), 2, joining), []);
});

void test("a change of proxies waits while one of them starts by itself", () => {
  deepEqual(later(new Rolls(), look({}, ["running", "starting"]), 0, joins(names.proxy)), [names.proxy]);
});

void test("it does not wait for a task that can be placed nowhere", () => {
  deepEqual(later(new Rolls(), look({ updateState: "updating" }, ["running", "pending"]), 0, joins(names.proxy)), []);
});

void test("it does not wait for a roll that Swarm paused or took back", () => {
  for (const updateState of ["paused", "rollback_paused", "rollback_completed"])
    deepEqual(later(new Rolls(), look({ updateState }, ["running", "running"]), 0, joins(names.proxy)), []);
});

void test("a roll that stands still for a minute and the grace period is waited for no longer, until it moves", () => {
  const rolls = new Rolls();
  const still = look({ updateState: "updating" }, ["running", "starting"]);
  const joining = joins(names.proxy);

  deepEqual(later(rolls, still, 0, joining), [names.proxy]);
  deepEqual(later(rolls, still, 64_999, joining), [names.proxy]);
  deepEqual(later(rolls, still, 65_000, joining), []);
  deepEqual(later(rolls, look({ updateState: "updating" }, ["starting", "running"]), 65_001, joining), [names.proxy]);
});

void test("an extension is changed at once; an orphan waits for the proxies that take its place", () => {
  deepEqual(
    later(new Rolls(), look({ updateState: "updating" }, ["running"], "extension"), 0, joins(names.extension)),
    [],
  );
  const rolling = look({ updateState: "updating" }, ["running"]);
  deepEqual(later(new Rolls(), rolling, 0, joins(names.extension), goes), []);
  deepEqual(later(new Rolls(), rolling, 0, joins(names.proxy), goes), [names.proxy, "old"]);
});
