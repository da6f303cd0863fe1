/**
 * What single options accept and mean, beyond their goldens.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type * as z from "zod";
import type { ExtensionConfig } from "../model/config.ts";
import { configReport } from "./check.ts";
import { checkConfig, readConfig } from "./load.ts";
import { coreTable } from "./schema-core.ts";
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

test("core listens where ListenAddr says, with or without its colon", () => {
  const listen = (value: string): unknown => readConfig(`ListenAddr = "${value}"\n${minimal}`, "x").config.listen;

  assert.deepEqual(["8080", ":8080", "10.0.0.1:9000", ""].map(listen), [
    { host: "0.0.0.0", port: 8080 },
    { host: "0.0.0.0", port: 8080 },
    { host: "10.0.0.1", port: 9000 },
    { host: "0.0.0.0", port: 8080 },
  ]);
});

test("a look is held back above HoldPercent and confirmed after HoldDelay", () => {
  const hold = (toml: string): unknown => readConfig(`${toml}${minimal}`, "x").config.hold;

  assert.deepEqual(hold(""), { percent: 50, delayMs: 30_000 });
  assert.deepEqual(hold('HoldPercent = 0\nHoldDelay = "2m"\n'), { percent: 0, delayMs: 120_000 });
  assert.throws(() => hold("HoldPercent = 100\n"), /expected a whole number from 0 to 99/);
});

test("certificates that an address without TLS has no use for are noticed", () => {
  const toml = `TLSCACert = "/ca.pem"\nAllowInsecure = true\n${minimal}`;

  assert.equal(readConfig(toml, "x").config.docker.allowInsecure, true);
  assert.deepEqual(notices(toml), ['1 TLSCACert: means nothing for the DockerURL "unix:///var/run/docker.sock"']);
});

test("words for another proxy than nginx are ignored and say so, defaults of the files UCP wrote do not", () => {
  const shipped = `${minimal}ProxyConfigPath = "/etc/nginx/nginx.conf"\nHitlessServiceUpdate = true\nArgs = [""]\n[Extensions.default.Config]\nSSLVerify = "required"\nAdminPass = ""\nSSLOpts = ""\n`;
  const haproxy = `${minimal}[Extensions.default.Config]\nAdminUser = "admin"\nAdminPass = "s3cret"\nSSLOpts = "no-sslv3 no-tlsv10"\nSSLVerify = "none"\nDefaultOptions = ["log global"]\n`;

  assert.deepEqual(notices(shipped), []);
  assert.deepEqual(notices(haproxy), [
    "3 Extensions.default.Config.AdminUser: a key of the HAProxy extension without a meaning for nginx, ignored",
    "4 Extensions.default.Config.AdminPass: a key of the HAProxy extension without a meaning for nginx, ignored",
    "5 Extensions.default.Config.SSLOpts: ignored: for nginx it takes nginx's own directives that begin with ssl_, separated by ;",
    "6 Extensions.default.Config.SSLVerify: means something only when HTTPOptions have an ssl_client_certificate",
    "7 Extensions.default.Config.DefaultOptions: a key of the HAProxy extension without a meaning for nginx, ignored; HTTPOptions are nginx's",
  ]);
  assert.equal(only(haproxy).settings.sslOpts, "");
});

test("TLS options in nginx's words are kept, and client certificates need no word beside their authority", () => {
  const toml = `${minimal}[Extensions.default.Config]\nSSLOpts = "ssl_session_tickets off; ssl_session_timeout 1h"\nSSLVerify = "optional"\nHTTPOptions = ["ssl_client_certificate /ca.pem;"]\n`;

  assert.deepEqual(notices(toml), []);
  assert.equal(only(toml).settings.sslOpts, "ssl_session_tickets off; ssl_session_timeout 1h");
  assert.equal(only(toml).settings.sslVerify, "optional");
});

test("arguments our roles do not know are dropped, a nginx command among them, and -D is kept", () => {
  const toml = `${minimal}Args = ["-D", "--level=1"]\nProxyArgs = ["nginx-debug", "-g", "daemon off;", "-D"]\n`;

  const { extension, proxy } = only(toml);

  assert.deepEqual([extension.args, proxy.args], [["-D"], ["-D"]]);
  assert.deepEqual(notices(toml), [
    '2 Extensions.default.Args: dropped: "--level=1"; the extension knows -D only',
    '3 Extensions.default.ProxyArgs: dropped: "nginx-debug", "-g", "daemon off;"; the proxy starts nginx itself and knows -D only; write nginx directives into GlobalOptions',
  ]);
});

test("a text that is empty is as if the key were left out, as in the files UCP wrote", () => {
  const keys = (fields: Readonly<Record<string, z.ZodType>>): string =>
    Object.entries(fields)
      .filter(([, field]) => field.safeParse("").success)
      .map(([key]) => `${key} = ""\n`)
      .join("");
  const toml = `${keys(coreTable.fields)}${minimal}${keys(extensionTable.fields)}[Extensions.default.Config]\n${keys(nginxTable.fields)}`;

  assert.ok(toml.split("\n").length > 40);
  assert.deepEqual(readConfig(toml, "x").config, readConfig(minimal, "x").config);
  assert.deepEqual(notices(toml), []);
});

test("a published port of 0 is none, and two of them are no contradiction but deserve a word", () => {
  const http = `${minimal}PublishedSSLPort = 0\n[Extensions.two]\nServiceCluster = "two"\nPublishedPort = 8081\nPublishedSSLPort = 0\n`;
  const none = `${minimal}PublishedPort = 0\nPublishedSSLPort = 0\n`;

  assert.deepEqual(notices(http), []);
  assert.deepEqual(only(http).proxy.publishedSslPort, 0);
  assert.deepEqual(notices(none), [
    "2 Extensions.default.PublishedPort: neither HTTP nor HTTPS is published: its proxies answer only on the networks they are on",
  ]);
  assert.match(configReport(none, "x").lines.at(-1) ?? "", /; no port \(ingress\)$/);
});

test("the number of workers may be a number, a text with a number, or auto", () => {
  const workers = (value: string): unknown =>
    only(`${minimal}[Extensions.default.Config]\nWorkerProcesses = ${value}\n`).settings.workerProcesses;

  assert.deepEqual(["4", '"4"', '"auto"', '""'].map(workers), [4, 4, "auto", 1]);
});

test("a hash bucket of 0 is the default, and so is a port of 0", () => {
  const { settings } = only(
    `${minimal}[Extensions.default.Config]\nServerNamesHashBucketSize = 0\nPort = 0\nSSLPort = 0\n`,
  );

  assert.equal(settings.serverNamesHashBucketSize, 128);
  assert.deepEqual([settings.port, settings.sslPort], [undefined, undefined]);
});

test("TLS is 1.2 and 1.3 unless the file says so itself", () => {
  const explicit = `${minimal}[Extensions.default.Config]\nSSLProtocols = "TLSv1.2"\n`;

  assert.equal(only(minimal).settings.sslProtocols, "TLSv1.2 TLSv1.3");
  assert.equal(only(explicit).settings.sslProtocols, "TLSv1.2");
});

test("a log format may end in a semicolon or not, and cannot become another directive", () => {
  const finding = (format: string): string | undefined =>
    checkConfig(`${minimal}[Extensions.default.Config]\nMainLogFormat = ${JSON.stringify(format)}\n`).findings[0]?.key;
  const good = ["'$host'", "'$host';", "$host\n '$status' ;", 'escape=json \'{"a":"$host"}\'', "${host}x", "';'"];
  const bad = ["$host'; x '", "'$host", "'a''b'", "a # b", "a;b", "$host }", "a\\", "'a'b", "'a\u0007'"];

  assert.deepEqual(
    good.filter((format) => finding(format) !== undefined),
    [],
  );
  assert.deepEqual(
    bad.filter((format) => finding(format) !== "Extensions.default.Config.MainLogFormat"),
    [],
  );
});
