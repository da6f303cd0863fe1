/**
 * Every key of `[Extensions.<name>]` from the operator's text to the Swarm service it is about.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "../config/load.ts";
import { extensionTable } from "../config/schema-extension.ts";
import type { ServiceSpec } from "./engine.ts";
import { context } from "./fixtures.ts";
import { configSpec, extensionSpec, proxySpec, specHash } from "./spec.ts";

type Specs = Readonly<Record<"extension" | "proxy" | "config", ServiceSpec>>;

/** The three services of one table with these lines in it. */
function specsOf(lines: string): Specs {
  const [config] = readConfig(`[Extensions.dev]\n${lines}\n`, "config.toml").config.extensions;
  assert.ok(config);
  const secrets = [{ id: "s1", name: "dev.cert" }];
  return {
    extension: extensionSpec(config, context),
    proxy: proxySpec(config, [], context),
    config: configSpec(config, secrets, context),
  };
}

/** A line of TOML, and where its value must be found afterwards. */
interface Option {
  readonly written: string;
  readonly found: (specs: Specs) => unknown;
  readonly value: unknown;
}

const container = (spec: ServiceSpec): ServiceSpec["TaskTemplate"]["ContainerSpec"] => spec.TaskTemplate.ContainerSpec;
const placement = (spec: ServiceSpec): ServiceSpec["TaskTemplate"]["Placement"] => spec.TaskTemplate.Placement;
const port = (spec: ServiceSpec, at: number): ServiceSpec["EndpointSpec"]["Ports"][number] | undefined =>
  spec.EndpointSpec.Ports[at];
const spread = [{ Spread: { SpreadDescriptor: "node.labels.zone" } }];

const options: Readonly<Record<string, Option>> = {
  ServiceCluster: {
    written: '"east"',
    found: (s) => s.proxy.Labels["com.docker.interlock.cluster"],
    value: "east",
  },
  Image: { written: '"our/interlock:2"', found: (s) => container(s.extension).Image, value: "our/interlock:2" },
  Args: { written: '["-D"]', found: (s) => container(s.extension).Args.at(-1), value: "-D" },
  Labels: { written: '{ team = "web" }', found: (s) => s.extension.Labels["team"], value: "web" },
  ContainerLabels: { written: '{ team = "web" }', found: (s) => container(s.extension).Labels["team"], value: "web" },
  Constraints: {
    written: '["node.labels.zone=east"]',
    found: (s) => placement(s.extension).Constraints,
    value: ["node.labels.zone==east"],
  },
  PlacementPreferences: {
    written: '["spread=node.labels.zone"]',
    found: (s) => placement(s.extension).Preferences,
    value: spread,
  },
  ServiceName: { written: '"ext"', found: (s) => s.extension.Name, value: "ext" },
  ProxyImage: { written: '"our/interlock:2"', found: (s) => container(s.proxy).Image, value: "our/interlock:2" },
  ProxyArgs: { written: '["-D"]', found: (s) => container(s.proxy).Args.at(-1), value: "-D" },
  ProxyLabels: { written: '{ team = "web" }', found: (s) => s.proxy.Labels["team"], value: "web" },
  ProxyContainerLabels: { written: '{ team = "web" }', found: (s) => container(s.proxy).Labels["team"], value: "web" },
  ProxyConstraints: {
    written: '["node.role!=manager"]',
    found: (s) => [placement(s.proxy).Constraints, placement(s.config).Constraints],
    value: [["node.role!=manager"], ["node.role!=manager"]],
  },
  ProxyPlacementPreferences: {
    written: '["spread=node.labels.zone"]',
    found: (s) => placement(s.proxy).Preferences,
    value: spread,
  },
  ProxyServiceName: { written: '"edge"', found: (s) => s.proxy.Name, value: "edge" },
  ProxyConfigPath: {
    written: '"/tmp/nginx.conf"',
    found: (s) => container(s.proxy).Args.slice(-2),
    value: ["--config-path", "/tmp/nginx.conf"],
  },
  ProxyReplicas: { written: "3", found: (s) => s.proxy.Mode.Replicated.Replicas, value: 3 },
  ProxyStopSignal: { written: '"SIGTERM"', found: (s) => container(s.proxy).StopSignal, value: "SIGTERM" },
  ProxyStopGracePeriod: {
    written: '"1m30s"',
    found: (s) => container(s.proxy).StopGracePeriod,
    value: 90_000_000_000,
  },
  ProxyDrainTime: {
    written: '"3s"',
    found: (s) => container(s.proxy).Args.slice(-2),
    value: ["--drain-ms", "3000"],
  },
  ProxyUpdateDelay: { written: '"30s"', found: (s) => s.proxy.UpdateConfig.Delay, value: 30_000_000_000 },
  PublishMode: { written: '"host"', found: (s) => port(s.proxy, 0)?.PublishMode, value: "host" },
  PublishedPort: { written: "81", found: (s) => port(s.proxy, 0)?.PublishedPort, value: 81 },
  TargetPort: { written: "8081", found: (s) => port(s.proxy, 0)?.TargetPort, value: 8081 },
  PublishedSSLPort: { written: "444", found: (s) => port(s.proxy, 1)?.PublishedPort, value: 444 },
  TargetSSLPort: { written: "8444", found: (s) => port(s.proxy, 1)?.TargetPort, value: 8444 },
  HitlessServiceUpdate: {
    written: "false",
    found: (s) => container(s.proxy).Args.includes("--classic"),
    value: true,
  },
  ConfigImage: { written: '"our/interlock:2"', found: (s) => container(s.config).Image, value: "our/interlock:2" },
  ConfigServiceName: { written: '"certs"', found: (s) => s.config.Name, value: "certs" },
};

/** Keys that make no service different, and who acts on them. */
const elsewhere: Readonly<Record<string, string>> = {
  Networks: "the networks a cluster needs are decided for each look (src/desire/networks.ts)",
  Template: "nginx.conf (src/template)",
};

for (const [key, { written, found, value }] of Object.entries(options)) {
  void test(`${key} reaches its service, and a change of it is a change of the service`, () => {
    const plain = specsOf("");
    const changed = specsOf(`${key} = ${written}`);

    assert.notDeepEqual(found(plain), value);
    assert.deepEqual(found(changed), value);
    assert.notEqual(Object.values(changed).map(specHash).join(), Object.values(plain).map(specHash).join());
  });
}

void test("every key of an extension table reaches a service or is acted on elsewhere", () => {
  const acted = [...Object.keys(options), ...Object.keys(elsewhere)];

  assert.deepEqual(acted.toSorted(), Object.keys(extensionTable.fields).toSorted());
});

void test("a drain time that the agent has anyway needs no argument, and follows from another grace period", () => {
  const args = (lines: string): readonly string[] => container(specsOf(lines).proxy).Args;

  const plain = args("");
  assert.deepEqual(args('ProxyStopGracePeriod = "5s"\nProxyDrainTime = "2s"'), plain);
  assert.deepEqual(args('ProxyStopGracePeriod = "3s"'), [...plain, "--drain-ms", "1200"]);
  assert.deepEqual(args('ProxyStopGracePeriod = "5m"'), [...plain, "--drain-ms", "10000"]);
  assert.deepEqual(args('ProxyStopGracePeriod = "0s"'), [...plain, "--drain-ms", "0"]);
});

void test("the default configuration path needs no argument, for the image has it", () => {
  const { proxy } = specsOf('ProxyConfigPath = "/etc/nginx/nginx.conf"');

  assert.deepEqual(container(proxy).Args, container(specsOf("").proxy).Args);
});
