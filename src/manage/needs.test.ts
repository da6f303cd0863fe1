import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { DesiredCluster, SecretRef } from "../model/desired.ts";
import type { ConfigRef } from "./mounts.ts";
import { configOf, context, madeFrom, serviceOf, snapshotOf } from "./fixtures.ts";
import { NeedFinder } from "./needs.ts";
import { extensionSpec, type ServiceConfig } from "./spec.ts";

const dev = configOf("dev");
const cert: SecretRef = { id: "s1", name: "app.cert" };

/** A cluster with one certificate. */
const cluster = {
  extension: "dev",
  networks: ["net-a"],
  certificates: [{ host: "*", service: "app", certificate: cert, key: cert }],
} as unknown as DesiredCluster;

function finder(config: ServiceConfig, templates: ReadonlyMap<string, ConfigRef> = new Map()): NeedFinder {
  return new NeedFinder({
    extensions: [config],
    context: { ...context, templates },
    printed: () => "text",
    mostConfigBytes: 100,
    clock: () => 0,
  });
}

void test("the proxies mount no secret where certificates come over the stream", () => {
  const { needs } = finder(dev).find(snapshotOf([]), [cluster]);

  deepEqual(needs.get("dev"), { networks: ["net-a"], secrets: [cert] });
});

void test("the proxies mount the secrets where an operator's template names their files, by key or by hand", () => {
  const byKey = finder(dev, new Map([["dev", { id: "t", name: "template" }]]));
  const byHand = snapshotOf([madeFrom(extensionSpec(dev, context), { configs: ["template"] })]);
  const wanted = { networks: ["net-a"], secrets: [cert] };

  deepEqual(byKey.find(snapshotOf([]), [cluster]).needs.get("dev")?.proxies, wanted);
  deepEqual(finder(dev).find(byHand, [cluster]).needs.get("dev")?.proxies, wanted);
});

void test("a service of somebody else under the extension's name says nothing", () => {
  const foreign = snapshotOf([serviceOf(dev.extension.serviceName, { configs: ["theirs"] })]);

  equal(finder(dev).find(foreign, [cluster]).needs.get("dev")?.proxies, undefined);
});

void test("text, networks and secrets of the classic road count together", () => {
  let now = 0;
  const found = new NeedFinder({
    extensions: [{ ...dev, hitless: false }],
    context,
    printed: () => "text",
    mostConfigBytes: 100,
    clock: () => now,
  });
  equal(found.find(snapshotOf([]), [cluster]).needs.get("dev")?.proxies, undefined);
  now = found.dueInMs;

  const { needs, sources } = found.find(snapshotOf([]), [cluster]);
  const proxies = needs.get("dev")?.proxies;

  deepEqual(typeof proxies === "object" && { networks: proxies.networks, secrets: proxies.secrets }, {
    networks: ["net-a"],
    secrets: [cert],
  });
  equal(sources.get(dev.proxy.serviceName)?.text(), "text");
});

void test("a proxy service is not made before there is something for it to start from, and waits for that only so long", () => {
  let now = 0;
  let text: string | undefined;
  const found = new NeedFinder({
    extensions: [dev],
    context,
    printed: () => text,
    mostConfigBytes: 100,
    clock: () => now,
  });
  const proxies = (services: Parameters<typeof snapshotOf>[0] = []): unknown =>
    found.find(snapshotOf(services), [cluster]).needs.get("dev")?.proxies;

  equal(proxies(), "awaited");
  equal(found.dueInMs, 10_000);
  equal(proxies([serviceOf(dev.proxy.serviceName)]), undefined);
  equal(found.dueInMs, Infinity);
  text = "first";
  equal(proxies(), undefined);
  text = undefined;
  now = 10_000;
  equal(proxies(), undefined);
  equal(found.dueInMs, Infinity);
});
