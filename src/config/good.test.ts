/**
 * Files that must work: the article's, the original documentation's, one from a running MKE.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import type { ExtensionConfig } from "../model/config.ts";
import { version } from "../model/version.ts";
import { defaultConfigToml, defaultOptions } from "./default.ts";
import { readConfig } from "./load.ts";

const folder = new URL("../../test/golden/config/good/", import.meta.url);
const deployed = new URL("../../deploy/config.toml", import.meta.url);

/** The golden file; `GOLDEN_UPDATE=1` writes it. */
function golden(file: URL, made: string): void {
  if (process.env["GOLDEN_UPDATE"] === "1") writeFileSync(file, made);
  assert.equal(made, readFileSync(file, "utf8"));
}

/** Step 5 of the article: the section three times, renamed, with the lines of the snippet changed or added. */
function articleToml(): string {
  const original = defaultConfigToml(defaultOptions);
  const start = original.indexOf("  [Extensions.default]");
  const section = original.slice(start);
  const ports = { dev: [8082, 8445], test: [8081, 8444], prod: [8080, 8443] } as const;
  const sections = (["dev", "test", "prod"] as const).map((name) =>
    section
      .replaceAll("Extensions.default", `Extensions.${name}`)
      .replace(
        `[Extensions.${name}]\n`,
        (line) => `${line}    ServiceCluster = "${name}"\n    ProxyServiceName = "ucp-interlock-proxy-${name}"\n`,
      )
      .replace(/^( *ProxyReplicas =).*$/m, "$1 1")
      .replace(/^( *PublishedPort =).*$/m, `$1 ${ports[name][0]}`)
      .replace(/^( *PublishedSSLPort =).*$/m, `$1 ${ports[name][1]}`)
      .replaceAll(
        /^( *(?:Proxy)?Constraints =).*$/gm,
        `$1 ["node.labels.com.docker.interlock.service.cluster=${name}"]`,
      ),
  );
  return original.slice(0, start) + sections.join("\n");
}

test("the default configuration is read without a notice, whatever its ports", () => {
  for (const publishMode of ["ingress", "host"] as const) {
    const toml = defaultConfigToml({ httpPort: 80, httpsPort: 443, publishMode, proxyReplicas: 3 });

    const { config, notices } = readConfig(toml, "config.toml");

    assert.deepEqual(notices, []);
    const [only] = config.extensions;
    assert.equal(config.extensions.length, 1);
    assert.equal(only?.extension.serviceName, "ucp-interlock-extension");
    assert.equal(only?.proxy.serviceName, "ucp-interlock-proxy");
    assert.equal(only?.proxy.publishMode, publishMode);
    assert.deepEqual([only?.proxy.publishedPort, only?.proxy.publishedSslPort, only?.proxy.replicas], [80, 443, 3]);
    assert.equal(only?.cluster, "");
    assert.equal(only?.extension.image, undefined);
  }
});

test("deploy/config.toml is the default configuration", () => {
  golden(deployed, defaultConfigToml(defaultOptions));
});

test("the stack file names this version's image and the configuration beside it", () => {
  const stack = readFileSync(new URL("../../deploy/stack.yaml", import.meta.url), "utf8");

  assert.match(stack, new RegExp(`interlock/interlock:${version.replaceAll(".", "\\.")}\\}`));
  assert.match(stack, /file: \.\/config\.toml/);
});

test("the article's three-cluster file gives the article's services and ports", () => {
  const toml = articleToml();
  golden(new URL("article.toml", folder), toml);

  const { config, notices } = readConfig(toml, "config.new.toml");

  assert.deepEqual(notices, []);
  assert.deepEqual(config.extensions.map(summary), [
    ["dev", "ucp-interlock-extension-dev", "ucp-interlock-proxy-dev", 1, 8082, 8445, placed("dev")],
    ["prod", "ucp-interlock-extension-prod", "ucp-interlock-proxy-prod", 1, 8080, 8443, placed("prod")],
    ["test", "ucp-interlock-extension-test", "ucp-interlock-proxy-test", 1, 8081, 8444, placed("test")],
  ]);
});

test("the article's snippet alone is a whole extension", () => {
  const snippet = `
  [Extensions.dev]
    ServiceCluster = "dev"
    ProxyServiceName = "ucp-interlock-proxy-dev"
    ProxyReplicas = 1
    PublishedPort = 8082
    PublishedSSLPort = 8445
    Constraints = ["node.labels.com.docker.interlock.service.cluster=dev"]
    ProxyConstraints = ["node.labels.com.docker.interlock.service.cluster=dev"]
`;

  const { config, notices } = readConfig(snippet, "config.toml");

  assert.deepEqual(notices, []);
  assert.deepEqual(config.extensions.map(summary), [
    ["dev", "ucp-interlock-extension-dev", "ucp-interlock-proxy-dev", 1, 8082, 8445, placed("dev")],
  ]);
  assert.equal(config.pollIntervalMs, 3_000);
  assert.deepEqual(config.listen, { host: "0.0.0.0", port: 8080 });
});

test("two regions may share ports in host mode", () => {
  const { config, notices } = readConfig(readFileSync(new URL("regions.toml", folder)), "regions.toml");

  assert.deepEqual(
    config.extensions.map((e) => [e.cluster, e.networks, e.proxy.labels, e.proxy.publishedPort, e.proxy.publishMode]),
    [
      ["east", ["eastnet"], { proxy_region: "east" }, 80, "host"],
      ["west", ["westnet"], { proxy_region: "west" }, 80, "host"],
    ],
  );
  assert.deepEqual(
    new Set(notices.map((n) => n.key.split(".").at(-1))),
    new Set(["Image", "ProxyImage", "ConfigImage"]),
  );
});

test("a configuration from a running MKE works unedited, with our images", () => {
  const { config, notices } = readConfig(readFileSync(new URL("mke.toml", folder)), "mke.toml");

  const [only] = config.extensions;
  assert.equal(only?.extension.image, undefined);
  assert.equal(only?.proxy.image, undefined);
  assert.deepEqual(only?.extension.args, []);
  assert.equal(only?.settings.rlimitNoFile, 65_535);
  assert.match(only?.settings.traceLogFormat ?? "", /\n\t {4}'"\$http_x_forwarded_for" \$reqid/);
  assert.deepEqual(
    notices.map((n) => [n.line, n.key]),
    [
      [8, "Extensions.default.Image"],
      [12, "Extensions.default.ConfigImage"],
      [14, "Extensions.default.ProxyImage"],
      [29, "Extensions.default.NetworkMode"],
    ],
  );
});

function summary({ name, extension, proxy }: ExtensionConfig): unknown {
  const { replicas, publishedPort, publishedSslPort, constraints } = proxy;
  assert.deepEqual(extension.constraints, constraints);
  return [name, extension.serviceName, proxy.serviceName, replicas, publishedPort, publishedSslPort, constraints];
}

function placed(name: string): readonly string[] {
  return [`node.labels.com.docker.interlock.service.cluster==${name}`];
}
