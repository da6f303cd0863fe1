import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import type { Snapshot } from "../model/snapshot.ts";
import { configOf, context, networkOf, rememberedAfter, serviceOf, snapshotOf, stepped, taskOf } from "./fixtures.ts";
import { plan, planRemoval, type Plan } from "./plan.ts";
import { specHash, type ServiceConfig } from "./spec.ts";
import { noMemory, type Memory } from "./step.ts";
import { wantedServices } from "./wanted.ts";

const dev = configOf("dev");

function wantedOf(
  configs: readonly ServiceConfig[],
  networks: Readonly<Record<string, readonly string[]>> = {},
): ReturnType<typeof wantedServices> {
  const needs = Object.entries(networks).map(([name, ids]) => [name, { networks: ids, secrets: [] }] as const);
  return wantedServices(configs, new Map(needs), context);
}

function planned(
  snapshot: Snapshot,
  configs: readonly ServiceConfig[],
  networks: Readonly<Record<string, readonly string[]>> = {},
  memory: Memory = noMemory,
): Plan {
  return plan(snapshot, wantedOf(configs, networks), context.owner, memory);
}

/** The Swarm after core made these, every task running. */
function running(
  configs: readonly ServiceConfig[],
  networks: Readonly<Record<string, readonly string[]>> = {},
): Snapshot {
  const empty = snapshotOf([], [networkOf("app"), networkOf("shop_default", "shop")]);
  return planned(empty, configs, networks).steps.reduce(stepped, empty);
}

function kinds({ steps }: Plan): readonly string[] {
  return steps.map((step) => `${step.kind} ${step.name.replace("ucp-interlock-", "")}`);
}

void test("what is missing is created, with a reason", () => {
  const made = planned(snapshotOf([]), [dev]);

  deepEqual(kinds(made), ["createService extension-dev", "createService proxy-dev"]);
  match(made.steps[0]?.why ?? "", /\[Extensions\.dev\] asks for this extension and it does not exist/);
});

const cert = { id: "id-cert", name: "app.cert" };
const renewed = { id: "id-renewed", name: "renewed.cert" };

/** The plan when the cluster dev asks for these secrets. */
function plannedWith(snapshot: Snapshot, ...secrets: readonly (typeof cert)[]): Plan {
  const needs = new Map([["dev", { networks: [], secrets }]]);
  return plan(snapshot, wantedServices([dev], needs, context), context.owner, noMemory);
}

void test("the first certificate makes the config service, another one updates it, without the last one it goes", () => {
  const none = running([dev]);
  const made = plannedWith(none, cert);
  const one = made.steps.reduce(stepped, none);
  const changed = plannedWith(one, cert, renewed);
  const two = changed.steps.reduce(stepped, one);

  deepEqual(kinds(made), ["createService config-dev"]);
  equal(made.steps[0]?.why, "[Extensions.dev] asks for this config service and it does not exist");
  deepEqual(kinds(changed), ["updateService config-dev"]);
  equal(changed.steps[0]?.why, "the certificates of its cluster are in other secrets");
  deepEqual(kinds(plannedWith(two, cert, renewed)), []);
  deepEqual(kinds(plannedWith(two)), ["removeService config-dev"]);
});

void test("a service of somebody else is never touched, even under a wanted name", () => {
  const foreign = serviceOf("ucp-interlock-proxy-dev");
  const { steps, troubles } = planned(snapshotOf([foreign]), [dev]);

  deepEqual(
    steps.map((step) => step.name),
    ["ucp-interlock-extension-dev"],
  );
  equal(troubles[0]?.subject, "ucp-interlock-proxy-dev");
});

void test("a change in the TOML is one update that says what it changes", () => {
  const made = planned(running([dev]), [configOf("dev", { replicas: 5, publishedPort: 9000 })]);

  deepEqual(kinds(made), ["updateService proxy-dev"]);
  equal(made.steps[0]?.why, "the configuration changes its number of replicas and its published ports");
});

void test("what an operator changed live stands until the TOML changes", () => {
  const snapshot = running([dev]);
  const scaled = {
    ...snapshot,
    services: snapshot.services.map((s) => ({ ...s, mode: { kind: "replicated", replicas: 7 } as const })),
  };

  deepEqual(kinds(planned(scaled, [dev])), []);
});

void test("a new network changes only the networks", () => {
  const { steps } = planned(running([dev]), [dev], { dev: ["net-app"] });

  equal(steps.length, 1);
  deepEqual(steps[0], {
    kind: "setNetworks",
    name: "ucp-interlock-proxy-dev",
    id: "svc-ucp-interlock-proxy-dev",
    version: 1,
    networks: ["net-app", "net-control"],
    why: "it joins app, which its routes need",
  });
});

void test("a change of the TOML and a new network are one update", () => {
  const made = planned(running([dev]), [configOf("dev", { replicas: 5 })], { dev: ["net-app"] });

  deepEqual(kinds(made), ["updateService proxy-dev"]);
  match(made.steps[0]?.why ?? "", /number of replicas; joins app/);
});

void test("another cluster's change does not touch this one", () => {
  const made = planned(running([dev, configOf("prod")]), [configOf("dev", { replicas: 5 }), configOf("prod")], {
    dev: ["net-app"],
  });

  deepEqual(kinds(made), ["updateService proxy-dev"]);
});

void test("after a rename in host mode the old proxy goes when the new one serves", () => {
  const renamed = configOf("dev", { serviceName: "ucp-interlock-proxy-new" });
  const before = running([dev]);
  const first = planned(before, [renamed]);
  const after = first.steps.reduce(stepped, before);

  deepEqual(kinds(first), ["createService proxy-new"]);
  const starting = { ...after, tasks: after.tasks.filter((task) => task.serviceId !== "svc-ucp-interlock-proxy-new") };
  deepEqual(kinds(planned(starting, [renamed])), []);
  deepEqual(kinds(planned(after, [renamed])), ["removeService proxy-dev"]);
});

void test("an orphan goes first when the new proxy has no node because of its host-mode port", () => {
  const renamed = configOf("dev", { serviceName: "ucp-interlock-proxy-new" });
  const before = running([dev]);
  const after = planned(before, [renamed]).steps.reduce(stepped, before);
  const error = "no suitable node (host-mode port already in use on 1 node)";
  const stuck = {
    ...after,
    tasks: after.tasks.map((task) => (task.serviceId.endsWith("-new") ? { ...task, state: "pending", error } : task)),
  };

  const made = planned(stuck, [renamed]);

  deepEqual(kinds(made), ["removeService proxy-dev"]);
  match(made.steps[0]?.why ?? "", /ucp-interlock-proxy-new needs its port 8080/);
});

void test("behind the routing mesh the orphan that holds the port goes before the new proxy is made", () => {
  const mesh = { publishMode: "ingress" } as const;
  const made = planned(running([configOf("old", mesh)]), [configOf("dev", mesh)]);

  deepEqual(kinds(made), ["removeService proxy-old", "createService extension-dev", "createService proxy-dev"]);
});

void test("a cluster that is given up goes when all wanted proxies serve", () => {
  const before = running([configOf("old", { publishedPort: 1, publishedSslPort: 0 }), dev]);
  const halfway = { ...before, tasks: before.tasks.filter((task) => !task.serviceId.endsWith("proxy-dev")) };

  deepEqual(kinds(planned(halfway, [dev])), []);
  deepEqual(kinds(planned(before, [dev])), ["removeService extension-old", "removeService proxy-old"]);
});

void test("a cluster with zero replicas does not keep orphans alive", () => {
  const none = configOf("dev", { replicas: 0 });
  const before = running([configOf("old"), none]);
  const quiet = { ...before, tasks: before.tasks.filter((task) => !task.serviceId.endsWith("proxy-dev")) };

  deepEqual(kinds(planned(quiet, [none])), ["removeService extension-old", "removeService proxy-old"]);
});

void test("what Swarm rolled back is not tried again until it is wanted differently", () => {
  const bad = configOf("dev", { image: "no-such-image" });
  const worse = configOf("dev", { image: "neither" });
  const before = running([dev]);
  const proxy = wantedOf([bad])[1]?.spec;
  ok(proxy);
  const memory: Memory = { ...noMemory, attempted: new Map([[proxy.Name, { version: 0, spec: specHash(proxy) }]]) };
  const back = {
    ...before,
    services: before.services.map((s) => ({
      ...s,
      updateState: "rollback_completed",
      updateMessage: "rollback completed",
    })),
  };

  const made = planned(back, [bad], {}, memory);

  deepEqual(kinds(made), []);
  match(made.troubles[0]?.sentence ?? "", /its new settings were rolled back: rollback completed/);
  deepEqual(made.rolledBack, ["ucp-interlock-proxy-dev"]);
  deepEqual(kinds(planned(back, [worse], {}, memory)), ["updateService proxy-dev"]);
  deepEqual(planned(back, [dev], {}, memory), { steps: [], troubles: [], rolledBack: [] });
  deepEqual(kinds(planned(back, [bad], { dev: ["net-app"] }, memory)), ["setNetworks proxy-dev"]);
});

void test("a look from before the last change leads to nothing", () => {
  const before = running([dev]);
  const changed = configOf("dev", { replicas: 5 });
  const steps = planned(before, [changed], { dev: ["net-app"] }).steps;

  const made = planned(before, [changed], { dev: ["net-app"] }, rememberedAfter(noMemory, steps));

  deepEqual(made, { steps: [], troubles: [], rolledBack: [] });
});

void test("networks that were rolled back are not tried again; networks removed by hand are", () => {
  const before = running([dev]);
  const memory: Memory = {
    ...noMemory,
    attempted: new Map([["ucp-interlock-proxy-dev", { version: 0, networks: "net-app,net-control" }]]),
  };
  const back = { ...before, services: before.services.map((s) => ({ ...s, updateState: "rollback_completed" })) };

  deepEqual(kinds(planned(back, [dev], { dev: ["net-app"] }, memory)), []);
  equal(planned(back, [dev], { dev: ["net-app"] }, memory).troubles.length, 1);
  deepEqual(kinds(planned(before, [dev], { dev: ["net-app"] }, memory)), ["setNetworks proxy-dev"]);
});

void test("a paused update and a task without a node are troubles with Swarm's own words", () => {
  const before = running([dev]);
  const paused = {
    ...before,
    services: before.services.map((s) => ({ ...s, updateState: "paused", updateMessage: "update paused due to x" })),
  };
  const [service] = before.services.filter((s) => s.name.includes("proxy"));
  ok(service);
  const nowhere = { ...before, tasks: [taskOf(service, { state: "pending", error: "no suitable node" })] };

  match(planned(paused, [dev]).troubles[0]?.sentence ?? "", /its last update is paused: update paused due to x/);
  match(planned(nowhere, [dev]).troubles[0]?.sentence ?? "", /1 of its 1 tasks cannot be placed: no suitable node/);
});

void test("two clusters swap their mesh ports in two passes", () => {
  const on = (port: number): { publishMode: "ingress"; publishedPort: number; publishedSslPort: number } => ({
    publishMode: "ingress",
    publishedPort: port,
    publishedSslPort: 0,
  });
  const before = running([configOf("a", on(1)), configOf("b", on(2))]);
  const swapped = [configOf("a", on(2)), configOf("b", on(1))];

  const first = planned(before, swapped);
  const between = first.steps.reduce(stepped, before);
  const second = planned(between, swapped);
  const after = second.steps.reduce(stepped, between);

  deepEqual(kinds(first), ["updateService proxy-a", "updateService proxy-b"]);
  deepEqual(kinds(second), ["updateService proxy-a"]);
  deepEqual(kinds(planned(after, swapped)), []);
  const portsOf = (name: string): readonly unknown[] =>
    after.services.filter((s) => s.name.endsWith(name)).map((s) => s.ports.map(({ published }) => published));
  deepEqual([portsOf("proxy-a"), portsOf("proxy-b")], [[[2]], [[1]]]);
});

void test("disabling removes everything owned and nothing else", () => {
  const before = running([dev]);
  const other = serviceOf("x", {
    labels: { "com.docker.interlock.owner": "other", "com.docker.interlock.role": "proxy" },
  });

  const steps = planRemoval({ ...before, services: [...before.services, serviceOf("app"), other] }, context.owner);

  deepEqual(steps.map((step) => step.name).toSorted(), ["ucp-interlock-extension-dev", "ucp-interlock-proxy-dev"]);
});
