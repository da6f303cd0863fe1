/**
 * `examples/template` over a structure with a host of each kind: `template-example/backends.json` in, `nginx.conf` out.
 * GOLDEN_UPDATE=1 rewrites the expected side; people review the difference.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Bundle } from "../../src/model/bundle.ts";
import { functions } from "../../src/template/routing-functions.ts";
import { selfSigned } from "../behaviour/authority.ts";
import { skipReason } from "../behaviour/root.ts";
import { type BackendSketch, checkTemplate, exampleTemplate, rendered } from "../behaviour/template-nginx.ts";

const folder = join(import.meta.dirname, "template-example");

function bundleOfExample(): Bundle {
  const backends = JSON.parse(readFileSync(join(folder, "backends.json"), "utf8")) as readonly BackendSketch[];
  return rendered({
    backends,
    settings: { globalOptions: ["worker_shutdown_timeout 1h;"], httpOptions: ["gzip on;"], tcpOptions: ["tcp_nodelay on;"] },
  });
}

describe("the example of a template", () => {
  test("gives the expected file", () => {
    const path = join(folder, "nginx.conf");
    const { nginxConf, routes } = bundleOfExample();

    if (process.env["GOLDEN_UPDATE"] === "1") writeFileSync(path, nginxConf);
    assert.equal(nginxConf, readFileSync(path, "utf8"), `${path} differs; GOLDEN_UPDATE=1 rewrites it`);
    assert.equal(routes.size, 0);
  });

  test("is accepted by a real nginx without a word of complaint", { skip: skipReason }, async () => {
    const { cert, key } = selfSigned("shop.example");

    const { code, words } = await checkTemplate(bundleOfExample(), { "shop.cert": cert, "shop.key": key });

    assert.equal(code, 0, words);
    assert.doesNotMatch(words, /\[(warn|alert|emerg)\]/);
  });

  test("uses every function of ours and every part of the data", () => {
    const ours = ["backendName", "isRedirectHost", "isRedirectMatch", "isWebsocketRoot"];
    const data =
      "Version Port SSLPort HasDefaultBackend ExtensionConfig Hosts SSLBackends Targets Servers Service IPHash StickySessionCookie " +
      "DefaultBackend Redirects Source Target ContextRoots Path Rewrite WebsocketEndpoints SSLBackend SSLCert SSLCertTarget " +
      "SSLKey SSLKeyTarget Host Passthrough ProxyProtocolPort";

    for (const name of ours) assert.ok(functions.has(name), name);
    for (const name of [...ours, ...data.split(" ")]) assert.match(exampleTemplate, new RegExp(`\\b${name}\\b`), name);
  });
});
