import { deepEqual, equal, notEqual } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { canonicalJson } from "./canonical.ts";
import { configOf, context } from "./fixtures.ts";
import { configSpec, extensionSpec, networksIn, proxySpec, specHash, withNetworks, withoutPorts } from "./spec.ts";

void test("a proxy gets everything the TOML says about it", () => {
  const config = configOf("dev", {
    args: ["", "-D"],
    labels: { team: "web", type: "mine", "com.docker.interlock.owner": "me" },
    containerLabels: { zone: "a" },
    constraints: ["node.labels.tier==dev"],
    placementPreferences: ["spread=node.labels.zone"],
    replicas: 3,
    stopGracePeriodMs: 3_000,
    updateDelayMs: 1_500,
  });

  const spec = proxySpec(config, ["net-b", "net-a"], context);

  deepEqual(spec.Labels, {
    team: "web",
    "com.docker.interlock.owner": "ucp-interlock",
    "com.docker.interlock.role": "proxy",
    "com.docker.interlock.extension": "dev",
    "com.docker.interlock.cluster": "dev",
    type: "com.docker.interlock.core.proxy",
    "com.docker.interlock.spec": specHash(spec),
  });
  const { ContainerSpec, Placement } = spec.TaskTemplate;
  deepEqual(ContainerSpec.Args, ["proxy", "--core", "tasks.ucp-interlock:8080", "-D"]);
  equal(ContainerSpec.Image, context.coreImage);
  equal(ContainerSpec.Labels["zone"], "a");
  equal(ContainerSpec.StopSignal, "SIGQUIT");
  equal(ContainerSpec.StopGracePeriod, 3_000_000_000);
  deepEqual(Placement.Constraints, ["node.labels.tier==dev"]);
  deepEqual(Placement.Preferences, [{ Spread: { SpreadDescriptor: "node.labels.zone" } }]);
  equal(spec.Mode.Replicated.Replicas, 3);
  equal(spec.UpdateConfig.Delay, 1_500_000_000);
  deepEqual(networksIn(spec), ["net-a", "net-b", "net-control"]);
});

void test("host mode stops first and has no virtual address; the routing mesh starts first", () => {
  const host = proxySpec(configOf("dev"), [], context);
  const mesh = proxySpec(configOf("dev", { publishMode: "ingress" }), [], context);

  deepEqual([host.UpdateConfig.Order, host.EndpointSpec.Mode], ["stop-first", "dnsrr"]);
  deepEqual([mesh.UpdateConfig.Order, mesh.EndpointSpec.Mode], ["start-first", "vip"]);
});

void test("a published port 0 is not published", () => {
  const spec = proxySpec(configOf("dev", { publishedSslPort: 0 }), [], context);

  deepEqual(spec.EndpointSpec.Ports, [{ Protocol: "tcp", TargetPort: 80, PublishedPort: 8080, PublishMode: "host" }]);
});

void test("an operator's template is a file in the extension, where the documented command puts it", () => {
  const templates = new Map([["dev", { id: "id-template", name: "mine" }]]);
  const plain = extensionSpec(configOf("dev"), context);
  const spec = extensionSpec(configOf("dev"), { ...context, templates });

  equal(plain.TaskTemplate.ContainerSpec.Configs, undefined);
  deepEqual(spec.TaskTemplate.ContainerSpec.Configs, [
    {
      ConfigID: "id-template",
      ConfigName: "mine",
      File: { Name: "/etc/docker/extension-template.conf", UID: "0", GID: "0", Mode: 0o444 },
    },
  ]);
  notEqual(specHash(spec), specHash(plain));
});

void test("an extension has one task, no port, no mount, and no network but the control network", () => {
  const spec = extensionSpec(configOf("dev"), context);

  equal(spec.Mode.Replicated.Replicas, 1);
  deepEqual(spec.EndpointSpec, { Mode: "dnsrr", Ports: [] });
  equal(spec.TaskTemplate.ContainerSpec.Mounts, undefined);
  deepEqual(networksIn(spec), ["net-control"]);
});

const cert = { id: "id-cert", name: "app.cert" };
const key = { id: "id-key", name: "app.key" };

void test("a config service has the secrets as files named by their ids, and is where the proxies may be", () => {
  const config = {
    ...configOf("dev", { constraints: ["node.labels.tier==dev"], placementPreferences: ["spread=node.labels.zone"] }),
    configService: { name: "my-config", image: "mine" },
  };

  const spec = configSpec(config, [cert, key], context);

  equal(spec.Name, "my-config");
  deepEqual(spec.Labels, {
    "com.docker.interlock.owner": "ucp-interlock",
    "com.docker.interlock.role": "config",
    "com.docker.interlock.extension": "dev",
    "com.docker.interlock.cluster": "dev",
    type: "com.docker.interlock.core.config",
    "com.docker.interlock.spec": specHash(spec),
  });
  const { ContainerSpec, Placement } = spec.TaskTemplate;
  equal(ContainerSpec.Image, "mine");
  deepEqual(ContainerSpec.Args, ["config-service", "--core", "tasks.ucp-interlock:8080"]);
  deepEqual(ContainerSpec.Secrets, [
    { SecretID: "id-cert", SecretName: "app.cert", File: { Name: "id-cert", UID: "0", GID: "0", Mode: 0o444 } },
    { SecretID: "id-key", SecretName: "app.key", File: { Name: "id-key", UID: "0", GID: "0", Mode: 0o444 } },
  ]);
  deepEqual(Placement.Constraints, ["node.labels.tier==dev"]);
  deepEqual(Placement.Preferences, [{ Spread: { SpreadDescriptor: "node.labels.zone" } }]);
  equal(spec.Mode.Replicated.Replicas, 1);
  equal(spec.UpdateConfig.Order, "start-first");
  deepEqual(spec.EndpointSpec, { Mode: "dnsrr", Ports: [] });
  deepEqual(networksIn(spec), ["net-control"]);
});

void test("another secret is another config service, and no other extension or proxy", () => {
  const config = configOf("dev");

  notEqual(specHash(configSpec(config, [cert], context)), specHash(configSpec(config, [cert, key], context)));
  for (const spec of [extensionSpec(config, context), proxySpec(config, [], context)])
    equal(spec.TaskTemplate.ContainerSpec.Secrets, undefined);
});

void test("all roles run as nobody special", () => {
  const config = configOf("dev");
  for (const spec of [
    extensionSpec(config, context),
    proxySpec(config, [], context),
    configSpec(config, [], context),
  ]) {
    equal(spec.TaskTemplate.ContainerSpec.User, "nginx");
    deepEqual(spec.TaskTemplate.ContainerSpec.CapabilityDrop, ["ALL"]);
  }
});

void test("application networks do not change the hash; everything else does", () => {
  const plain = specHash(proxySpec(configOf("dev"), [], context));

  equal(specHash(proxySpec(configOf("dev"), ["net-a"], context)), plain);
  equal(specHash(withNetworks(proxySpec(configOf("dev"), [], context), [])), plain);
  notEqual(specHash(proxySpec(configOf("dev", { replicas: 9 }), [], context)), plain);
  notEqual(specHash(proxySpec(configOf("dev"), [], { ...context, coreImage: "other" })), plain);
  notEqual(specHash(proxySpec(configOf("dev"), [], { ...context, controlNetworkId: "net-new" })), plain);
  notEqual(specHash(withoutPorts(proxySpec(configOf("dev"), [], context))), plain);
});

void test("labels in another order are the same spec", () => {
  const one = proxySpec(configOf("dev", { labels: { a: "1", b: "2" } }), [], context);
  const two = proxySpec(configOf("dev", { labels: { b: "2", a: "1" } }), [], context);

  equal(specHash(one), specHash(two));
});

void test("canonical JSON says the same value, whatever the order of keys", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).toReversed());
      equal(canonicalJson(turned), canonicalJson(value));
      deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
    }),
  );
});
