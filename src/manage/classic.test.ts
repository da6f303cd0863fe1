import { deepEqual, equal, notEqual, match, ok } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { SwarmObject } from "../model/snapshot.ts";
import { Gathering, type ClassicParts } from "./classic.ts";
import { configOf, context, networkOf, rememberedAfter, serviceOf, snapshotOf, stepped } from "./fixtures.ts";
import { ownershipOf } from "./ownership.ts";
import { plan } from "./plan.ts";
import { mostConfigBytes, newestPrinted, printedConfig, printedName, superfluous, withLiveConfig } from "./printed.ts";
import { proxySpec, specHash } from "./spec.ts";
import { noMemory } from "./step.ts";
import { wantedServices, type Needs } from "./wanted.ts";

const dev = configOf("dev");
const classic = { ...dev, hitless: false };

/** A docker config as core makes it, at this minute of a day. */
function madeAt(minute: number, text: string, { owner = "ucp-interlock", extension = "dev" } = {}): SwarmObject {
  const made = printedConfig(
    owner,
    { name: extension, cluster: extension },
    text,
    new Date(Date.UTC(2026, 0, 1, 0, minute)),
  );
  return { id: `id-${text}`, name: made.name, labels: made.labels };
}

void test("a docker config has the name of the original, another for each text, cluster and core", () => {
  const name = printedName("ucp-interlock", "dev", "text");

  match(name, /^com\.docker\.interlock\.proxy\.[0-9a-f]{16}$/);
  ok(name.length <= 64);
  const others = [
    printedName("ucp-interlock", "dev", "text "),
    printedName("ucp-interlock", "prod", "text"),
    printedName("other", "dev", "text"),
  ];
  equal(new Set([name, ...others]).size, 4);
  equal(printedName("ucp-interlock", "dev", "text"), name);
});

void test("a docker config says who made it, for which cluster and when", () => {
  const { labels, content } = printedConfig("ucp-interlock", dev, "text", new Date("2026-01-01T00:00:00Z"));

  equal(content, "text");
  deepEqual(ownershipOf({ labels }), {
    owner: "ucp-interlock",
    role: "proxy",
    extension: "dev",
    cluster: "dev",
    specHash: "",
  });
  equal(labels["com.docker.interlock.made"], "2026-01-01T00:00:00.000Z");
});

void test("how much a docker config holds depends on the engine", () => {
  deepEqual(["1.41", "1.44", "1.45", "1.51", "2.0"].map(mostConfigBytes), [500_000, 500_000, 1e6, 1e6, 1e6]);
});

void test("all but the two newest and the mounted of each cluster are superfluous, and nobody else's", () => {
  const [a, b, c, d] = [madeAt(1, "a"), madeAt(2, "b"), madeAt(3, "c"), madeAt(4, "d")];
  const prod = madeAt(1, "p", { extension: "prod" });
  const gone = madeAt(1, "g", { extension: "gone" });
  const foreign = madeAt(1, "f", { owner: "other" });
  const byHand = { id: "x", name: "com.docker.interlock.proxy.1", labels: {} };
  const services = [serviceOf("proxy", { configs: [a.name] })];
  const configs = [d, a, c, b, prod, gone, foreign, byHand];

  const found = superfluous({ configs, services }, "ucp-interlock", new Set(["dev", "prod"]));

  deepEqual(found.map(({ id }) => id).toSorted(), ["id-b", "id-g"]);
  equal(newestPrinted("ucp-interlock", dev, configs)?.id, "id-d");
  equal(newestPrinted("ucp-interlock", { name: "dev", cluster: "renamed" }, configs), undefined);
});

void test("in a live spec ours is replaced and put first; what an operator mounted stays", () => {
  const file = { Name: "/etc/interlock/nginx.conf", UID: "0", GID: "0", Mode: 0o444 };
  const ours = { ConfigID: "n", ConfigName: printedName("ucp-interlock", "dev", "new"), File: file };
  const before = { ConfigID: "o", ConfigName: printedName("ucp-interlock", "dev", "old"), File: file };
  const theirs = { ConfigID: "t", ConfigName: "theirs" };
  const live = {
    Name: "proxy",
    TaskTemplate: { ForceUpdate: 1, ContainerSpec: { Image: "i", Configs: [theirs, before] } },
  };

  deepEqual(withLiveConfig(live, ours), {
    Name: "proxy",
    TaskTemplate: { ForceUpdate: 1, ContainerSpec: { Image: "i", Configs: [ours, theirs] } },
  });
});

const parts = (text: string): ClassicParts => ({ text, networks: [], secrets: [] });

void test("a change counts when nothing has changed for a moment, and at the latest after some seconds", () => {
  let now = 0;
  const gathering = new Gathering(() => now);
  equal(gathering.dueInMs, Infinity);
  equal(gathering.take("dev", parts("a")), undefined);
  equal(gathering.dueInMs, 1_500);

  now = 1_499;
  equal(gathering.take("dev", parts("a")), undefined);
  now = 1_500;
  equal(gathering.take("dev", parts("a"))?.text, "a");
  equal(gathering.dueInMs, Infinity);

  const seen = new Set<string | undefined>();
  for (const begin = now; now < begin + 10_000; now += 500) seen.add(gathering.take("dev", parts(String(now)))?.text);
  deepEqual([...seen], ["a"]);
  equal(gathering.take("dev", parts("z"))?.text, "z");
});

void test("a change that is taken back is none", () => {
  let now = 0;
  const gathering = new Gathering(() => now);
  gathering.take("dev", parts("a"));
  now = 2_000;
  gathering.take("dev", parts("a"));

  gathering.take("dev", parts("b"));
  equal(gathering.take("dev", parts("a"))?.text, "a");

  equal(gathering.dueInMs, Infinity);
});

void test("on the classic road the proxies are told where to read, and mount the secrets of their certificates by name", () => {
  const spec = proxySpec(classic, [], context, { secrets: [{ id: "s1", name: "app.cert" }], printed: "config-1" });
  const { Args, Secrets } = spec.TaskTemplate.ContainerSpec;

  deepEqual(Args.slice(-3), ["--classic", "--config-path", "/etc/nginx/nginx.conf"]);
  deepEqual(Secrets, [
    { SecretID: "s1", SecretName: "app.cert", File: { Name: "app.cert", UID: "0", GID: "0", Mode: 0o444 } },
  ]);
  notEqual(specHash(spec), specHash(proxySpec(classic, [], context, { printed: "config-1" })));
  notEqual(
    specHash(proxySpec(classic, [], context, { printed: "config-1" })),
    specHash(proxySpec(classic, [], context, { printed: "config-2" })),
  );
});

void test("proxies whose text is not known yet are neither made nor changed nor removed", () => {
  const wanted = wantedServices([classic], new Map([["dev", { networks: ["net-a"], secrets: [] }]]), context);
  const empty = snapshotOf([], [networkOf("a")]);
  deepEqual(
    plan(empty, wanted, context.owner, noMemory).steps.map(({ name }) => name),
    ["ucp-interlock-extension-dev"],
  );

  const before = plan(empty, wantedServices([dev], new Map(), context), context.owner, noMemory);
  const there = before.steps.reduce(stepped, empty);
  deepEqual(plan(there, wanted, context.owner, noMemory).steps, []);
});

void test("whatever changes on the classic road, each change is one update of the proxies, and then nothing is left to do", () => {
  const change = fc.record({
    text: fc.constantFrom("a", "b", "c"),
    networks: fc.subarray(["net-a", "net-b"]),
    secrets: fc.subarray([
      { id: "s1", name: "cert" },
      { id: "s2", name: "key" },
    ]),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
      let snapshot = snapshotOf([], [networkOf("a"), networkOf("b")]);
      let memory = noMemory;
      let hash: string | undefined;
      for (const { text, networks, secrets } of changes) {
        const printed = printedName(context.owner, "dev", text);
        const needs: Needs = { networks, secrets: [], proxies: { networks, secrets, printed } };
        const wanted = wantedServices([classic], new Map([["dev", needs]]), context);
        const steps = plan(snapshot, wanted, context.owner, memory).steps.filter(
          ({ name }) => name === classic.proxy.serviceName,
        );
        const proxy = wanted.find(({ role }) => role === "proxy");
        ok(proxy);
        const next = specHash(proxy.spec);
        ok(steps.length <= 1);
        if (hash !== undefined && next !== hash) equal(steps[0]?.kind, "updateService");
        hash = next;
        const all = plan(snapshot, wanted, context.owner, memory).steps;
        snapshot = all.reduce(stepped, snapshot);
        memory = rememberedAfter(memory, all);
        deepEqual(plan(snapshot, wanted, context.owner, memory).steps, []);
      }
    }),
  );
});
