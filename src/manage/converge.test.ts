/**
 * What holds for every Swarm and every configuration: plans applied lead to what is wanted, and then nothing is left to do.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { isInterlockError } from "../model/errors.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { configOf, context, networkOf, rememberedAfter, serviceOf, snapshotOf, stepped } from "./fixtures.ts";
import { ownershipOf } from "./ownership.ts";
import { plan } from "./plan.ts";
import { refusedPort, portsOfSpec } from "./ports.ts";
import { networksIn, specHash } from "./spec.ts";
import { noMemory, type Memory, type Step, type WantedService } from "./step.ts";
import { wantedServices } from "./wanted.ts";

const networks = [networkOf("a"), networkOf("b"), networkOf("shop_default", "shop")];

/** One `[Extensions.<name>]` with few possible names and ports, so that they meet. */
const extension = fc.record({
  mode: fc.constantFrom("host" as const, "ingress" as const),
  port: fc.constantFrom(0, 8080, 8081, 8082),
  ssl: fc.constantFrom(0, 8443, 8444),
  replicas: fc.nat(2),
  suffix: fc.constantFrom("", "-new"),
  networks: fc.subarray(networks.map(({ id }) => id)),
  secrets: fc.subarray(["cert", "key", "new"].map((name) => ({ id: `id-${name}`, name }))),
});

/** What an operator wants: some clusters that do not ask for each other's ports. */
const wish = fc
  .record({ dev: extension, test: extension, prod: extension }, { requiredKeys: [] })
  .filter((wish) => wantedOf(wish).every((one, i, all) => contradictsNone(one, all.toSpliced(i, 1))));

type Wish = Partial<Record<"dev" | "test" | "prod", typeof extension extends fc.Arbitrary<infer T> ? T : never>>;

function wantedOf(wish: Wish): readonly WantedService[] {
  const chosen = Object.entries(wish);
  const configs = chosen.map(([name, { mode, port, ssl, replicas, suffix }]) =>
    configOf(name, {
      publishMode: mode,
      publishedPort: port,
      publishedSslPort: ssl,
      replicas,
      serviceName: `proxy-${name}${suffix}`,
    }),
  );
  return wantedServices(configs, new Map(chosen), context);
}

function contradictsNone(one: WantedService, others: readonly WantedService[]): boolean {
  return (
    refusedPort(
      portsOfSpec(one.spec),
      others.flatMap(({ spec }) => portsOfSpec(spec)),
    ) === undefined
  );
}

/** One pass of core: plans, and does what the Swarm accepts. */
function pass(
  snapshot: Snapshot,
  wanted: readonly WantedService[],
  memory: Memory,
): { snapshot: Snapshot; memory: Memory; steps: readonly Step[]; refusals: number } {
  const { steps } = plan(snapshot, wanted, context.owner, memory);
  const done: Step[] = [];
  let now = snapshot;
  for (const step of steps) {
    try {
      now = stepped(now, step);
      done.push(step);
    } catch (error) {
      if (!isInterlockError(error)) throw error;
    }
  }
  return { snapshot: now, memory: rememberedAfter(memory, done), steps, refusals: steps.length - done.length };
}

void test("a series of wishes is fulfilled, each within three passes, without a refusal, and then nothing is left to do", () => {
  const foreign = serviceOf("app", { networks: ["net-a"] });
  fc.assert(
    fc.property(fc.array(wish, { minLength: 1, maxLength: 4 }), (wishes) => {
      let state = { snapshot: snapshotOf([foreign], networks), memory: noMemory };
      for (const wanted of wishes.map(wantedOf)) {
        let refusals = 0;
        for (let i = 0; i < 3; i += 1) {
          const after = pass(state.snapshot, wanted, state.memory);
          refusals += after.refusals;
          state = after;
        }
        const { snapshot, memory } = state;

        equal(refusals, 0);
        deepEqual(plan(snapshot, wanted, context.owner, memory), { steps: [], troubles: [], rolledBack: [] });
        const owned = snapshot.services.filter((service) => ownershipOf(service) !== undefined);
        deepEqual(owned.map(({ name }) => name).toSorted(), wanted.map(({ spec }) => spec.Name).toSorted());
        for (const { spec } of wanted) {
          const service = owned.find(({ name }) => name === spec.Name);
          ok(service);
          equal(ownershipOf(service)?.specHash, specHash(spec));
          ok(networksIn(spec).every((id) => service.networks.includes(id)));
        }
        deepEqual(
          snapshot.services.find(({ name }) => name === "app"),
          foreign,
        );
      }
    }),
  );
});

void test("no step ever names a service without our label", () => {
  const strangers = fc.subarray(["proxy-dev", "ucp-interlock-extension-prod", "app"]);
  fc.assert(
    fc.property(wish, wish, strangers, (first, second, taken) => {
      const foreign = taken.map((name) => serviceOf(name));
      const before = pass(snapshotOf(foreign, networks), wantedOf(first), noMemory);
      const { steps, troubles } = plan(before.snapshot, wantedOf(second), context.owner, before.memory);

      ok([...before.steps, ...steps].every((step) => !taken.includes(step.name)));
      const wantedNames = wantedOf(second).map(({ spec }) => spec.Name);
      deepEqual(
        troubles.map(({ subject }) => subject),
        taken.filter((name) => wantedNames.includes(name)).toSorted(),
      );
    }),
  );
});

void test("a plan does not depend on the order of what it is given, and has one step per service", () => {
  fc.assert(
    fc.property(wish, wish, (first, second) => {
      const { snapshot, memory } = pass(snapshotOf([], networks), wantedOf(first), noMemory);
      const turned = { ...snapshot, tasks: [...snapshot.tasks].toReversed(), networks: snapshot.networks.toReversed() };

      const one = plan(snapshot, wantedOf(second), context.owner, memory);
      const two = plan(turned, wantedOf(second).toReversed(), context.owner, memory);

      deepEqual(two, one);
      equal(new Set(one.steps.map(({ name }) => name)).size, one.steps.length);
    }),
  );
});
