import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { ExtensionConfig } from "../model/config.ts";
import { InterlockError, isInterlockError } from "../model/errors.ts";
import { defaultConfigToml, defaultOptions } from "./default.ts";
import { checkConfig, loadConfig, readConfig } from "./load.ts";
import { extensionTable } from "./schema-extension.ts";
import { nginxTable } from "./schema-nginx.ts";

const minimal = "[Extensions.default]\n";

function only(toml: string): ExtensionConfig {
  const [extension] = readConfig(toml, "config.toml").config.extensions;
  return extension ?? assert.fail("no extension");
}

function notices(toml: string): string[] {
  return checkConfig(toml).notices.map((n) => `${n.line} ${n.key}: ${n.sentence}`);
}

test("the smallest configuration has the documented defaults", () => {
  const { proxy, settings, hitless, networks } = only(minimal);

  assert.deepEqual(
    [proxy.replicas, proxy.stopSignal, proxy.stopGracePeriodMs, proxy.updateDelayMs, proxy.publishMode],
    [1, "SIGQUIT", 5_000, 0, "ingress"],
  );
  assert.deepEqual(
    [proxy.publishedPort, proxy.targetPort, proxy.publishedSslPort, proxy.targetSslPort],
    [8080, 80, 8443, 443],
  );
  assert.deepEqual([settings.connectTimeoutS, settings.clientMaxBodySize, settings.maxConnections], [600, "1m", 8192]);
  assert.equal(hitless, true);
  assert.equal(networks, undefined);
});

test("keys may be written in any case, table names and labels may not", () => {
  const toml = `POLLINTERVAL = "1m30s"\nlistenaddr = "8081"\n[extensions.Dev]\nproxyreplicas = 3\n[extensions.Dev.config]\nRlimitNoFile = 7\n[extensions.Dev.proxylabels]\nRegion = "East"\n`;

  const { config, notices } = readConfig(toml, "config.toml");

  assert.equal(config.pollIntervalMs, 90_000);
  assert.equal(config.listen.port, 8081);
  const [dev] = config.extensions;
  assert.equal(dev?.name, "Dev");
  assert.equal(dev?.proxy.replicas, 3);
  assert.equal(dev?.settings.rlimitNoFile, 7);
  assert.deepEqual(dev?.proxy.labels, { Region: "East" });
  assert.deepEqual(notices, []);
});

test("an unknown key is a notice with the nearest name", () => {
  const toml = `PolInterval = "5s"\n${minimal}ProxyReplica = 2\nZebra = 1\n[Extensions.default.Config]\nClientTimeout = 3\n`;

  assert.deepEqual(notices(toml), [
    "1 PolInterval: unknown key, ignored; did you mean PollInterval?",
    "3 Extensions.default.ProxyReplica: unknown key, ignored; did you mean ProxyReplicas?",
    "4 Extensions.default.Zebra: unknown key, ignored",
    "6 Extensions.default.Config.ClientTimeout: a key of the HAProxy extension without a meaning for nginx, ignored; ClientBodyTimeout and SendTimeout are nginx's",
  ]);
});

test("a poll interval below two seconds is raised, and said", () => {
  const toml = `PollInterval = "500ms"\n${minimal}`;

  assert.equal(readConfig(toml, "config.toml").config.pollIntervalMs, 2_000);
  assert.deepEqual(notices(toml), ['1 PollInterval: "500ms" is too short, raised to "2s"']);
});

test("a single = in a constraint is ==, and lists may carry empty texts", () => {
  const { extension, proxy } = only(
    `${minimal}Args = ["", "-D"]\nConstraints = ["node.role=worker", ""]\nProxyConstraints = [" node.labels.zone != east "]\nProxyPlacementPreferences = ["spread=node.labels.zone"]\n`,
  );

  assert.deepEqual(extension.args, ["-D"]);
  assert.deepEqual(extension.constraints, ["node.role==worker"]);
  assert.deepEqual(proxy.constraints, ["node.labels.zone!=east"]);
  assert.deepEqual(proxy.placementPreferences, ["spread=node.labels.zone"]);
});

test("an image of one's own is kept, one of the vendor's is not", () => {
  const { extension, proxy } = only(
    `${minimal}Image = "registry.example.com:5000/interlock:1"\nProxyImage = "dtr.example.com/docker/ucp-interlock-proxy:3.1.9"\n`,
  );

  assert.equal(extension.image, "registry.example.com:5000/interlock:1");
  assert.equal(proxy.image, undefined);
});

test("names of services follow the table's name, also when Swarm would refuse it", () => {
  const { extension, proxy, configService } = only('[Extensions."us.east 1"]\nProxyServiceName = "edge"\n');

  assert.equal(extension.serviceName, "ucp-interlock-extension-us-east-1");
  assert.equal(proxy.serviceName, "edge");
  assert.equal(configService.name, "ucp-interlock-config-us-east-1");
});

test("the Docker API's address and certificates are read", () => {
  const toml = `DockerURL = "tcp://10.0.0.1:2376"\nTLSCACert = "/ca.pem"\nTLSCert = "/cert.pem"\nTLSKey = "/key.pem"\nEndpointOverride = "10.0.0.2:8080"\nListenAddr = "[::1]:9000"\n${minimal}`;

  const { config } = readConfig(toml, "config.toml");

  assert.deepEqual(config.docker, {
    url: "tcp://10.0.0.1:2376",
    caPath: "/ca.pem",
    certPath: "/cert.pem",
    keyPath: "/key.pem",
    allowInsecure: false,
  });
  assert.equal(config.endpointOverride, "10.0.0.2:8080");
  assert.deepEqual(config.listen, { host: "::1", port: 9000 });
  assert.deepEqual(notices(toml), []);
});

test("a byte order mark and Windows line ends are accepted", () => {
  const toml = `\uFEFF${defaultConfigToml(defaultOptions).replaceAll("\n", "\r\n")}`;

  const plain = readConfig(defaultConfigToml(defaultOptions), "x");

  assert.deepEqual(readConfig(toml, "x"), plain);
  assert.deepEqual(readConfig(new TextEncoder().encode(toml), "x"), plain);
});

test("every finding is collected, in the order of the file", () => {
  const toml = `PollInterval = 3\n[Extensions.b]\nProxyReplicas = "2"\n[Extensions.a.Config]\nHTTPVersion = "3"\n[Extensions.a]\nTargetPort = 0\n`;

  const lines = checkConfig(toml).findings.map((f) => f.line);

  assert.deepEqual(lines, [1, 3, 5, 7]);
});

test("a value from the file cannot forge a second line", () => {
  const error = catchError(() => readConfig('[Extensions."a\\nb\\u001b[31m"]\nServiceName = "x\\ny"\n', "config.toml"));

  assert.doesNotMatch(error.message, /\p{Cc}/u);
  assert.equal(error.details["line"], 2);
});

test("a file that cannot be read is an operator's error", async () => {
  await assert.rejects(loadConfig("/nowhere/config.toml"), (error) => isInterlockError(error, "CONFIG_UNREADABLE"));
});

test("reading never throws anything but a CONFIG_ error of one line", () => {
  const keys = [...Object.keys(extensionTable.fields), "Config", "Nonsense"];
  const nginxKeys = [...Object.keys(nginxTable.fields), "nonsense"];
  const value = fc.oneof(
    fc.string().map((s) => JSON.stringify(s)),
    fc.integer().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Number.isInteger(n) ? "1.5" : String(n))),
    fc.constantFrom(
      "true",
      "[]",
      "{}",
      '[""]',
      "[1, 2]",
      '["-D"]',
      "2026-11-22",
      "nan",
      "inf",
      '{ a = "b" }',
      "'''\n'''",
    ),
  );
  const pairs = (names: string[]): fc.Arbitrary<string> =>
    fc
      .uniqueArray(fc.tuple(fc.constantFrom(...names), value), { selector: ([key]) => key, maxLength: 6 })
      .map((list) => list.map(([key, v]) => `${key} = ${v}\n`).join(""));
  const table = fc
    .tuple(fc.constantFrom("a", "b", "default", '""', '"x y"'), pairs(keys), pairs(nginxKeys))
    .map(([name, own, nginx]) => `[Extensions.${name}]\n${own}[Extensions.${name}.Config]\n${nginx}`);
  const document = fc.array(table, { maxLength: 3 }).map((tables) => tables.join(""));
  const cut = fc.tuple(fc.nat(3_000), fc.string()).map(([at, junk]) => {
    const toml = defaultConfigToml(defaultOptions);
    return toml.slice(0, at) + junk + toml.slice(at + junk.length);
  });
  const content = fc.oneof(document, cut, fc.string({ unit: "binary" }), fc.uint8Array());

  fc.assert(
    fc.property(content, (input) => {
      try {
        readConfig(input, "config.toml");
      } catch (error) {
        assert.ok(error instanceof InterlockError && error.code.startsWith("CONFIG_"), String(error));
        assert.match(error.message, /^config\.toml:\d+:\d+: [^\p{Cc}]+; [^\p{Cc}]+$/u);
      }
    }),
    { numRuns: 200 },
  );
});

function catchError(action: () => unknown): InterlockError {
  try {
    action();
  } catch (error) {
    if (error instanceof InterlockError) return error;
    throw error;
  }
  return assert.fail("was accepted");
}
