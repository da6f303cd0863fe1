import assert from "node:assert/strict";
import { test } from "node:test";
import type { Endpoint } from "../../model/desired.ts";
import { type StructureSketch, structureOf } from "../../../test/golden/structure.ts";
import { print } from "./print.ts";
import { stream } from "./stream.ts";

const endpoint: Endpoint = { address: "10.0.0.1", port: 443 };

function printed(sketch: StructureSketch): string {
  return print(stream(structureOf(sketch)));
}

function passing(endpoints: readonly Endpoint[], settings: StructureSketch["settings"] = {}): string {
  return printed({ settings, passthroughs: [{ host: "a.example", endpoints }] });
}

test("without passthrough and TCPOptions there is no stream context", () => {
  assert.equal(printed({ routes: [{ host: "a.example", upstream: "web" }] }), "\n");
});

test("routes do not show in it, unless unknown names are passed through: then their hosts do", () => {
  const some = [{ host: "b.example", upstream: "web" }];
  const more = [...some, { host: "b.example", path: "/x", upstream: "web" }, { host: "c.example", upstream: "web" }];
  const [named, unknown] = ["a.example", "*"].map((host) => [{ host, endpoints: [endpoint] }]);

  assert.equal(
    printed({ routes: some, passthroughs: named ?? [] }),
    printed({ routes: more, passthroughs: named ?? [] }),
  );
  assert.match(printed({ routes: more, passthroughs: unknown ?? [] }), /server_name b\.example c\.example;/);
});

test("a zone is as large as it was asked for, and as its endpoints need", () => {
  const crowd = Array.from({ length: 500 }, (_, i) => ({ address: `10.0.${i >> 8}.${i & 255}`, port: 443 }));

  assert.match(passing([endpoint], { upstreamZoneSizeKb: 256 }), /zone pt-a\.example 256k;/);
  assert.match(passing([endpoint], { upstreamZoneSizeKb: 0 }), /zone pt-a\.example 64k;/);
  assert.match(passing(crowd), /zone pt-a\.example 532k;/);
});

test("limits of failures are those of each endpoint, in whole seconds", () => {
  const text = passing([
    { ...endpoint, maxFails: 1000, failTimeoutMs: 0 },
    { ...endpoint, port: 1, failTimeoutMs: 1 },
  ]);

  assert.match(
    text,
    /server 10\.0\.0\.1:443 max_fails=1000 fail_timeout=0s;\n\s+server 10\.0\.0\.1:1 fail_timeout=1s;/,
  );
});

test("the access log follows that of requests, as far as it can", () => {
  for (const [accessLogPath, expected] of [
    ["", "access_log /dev/stdout stream;"],
    ["/var/log/nginx/access.log", "access_log /var/log/nginx/access.log stream;"],
    ["/var/log/nginx/$host.log", "access_log /dev/stdout stream;"],
    ["off", "access_log off;"],
  ] as const) {
    assert.ok(passing([endpoint], { accessLogPath }).includes(expected), accessLogPath);
  }
});

test("what TCPOptions say for all servers counts instead of ours", () => {
  const text = passing([endpoint], { tcpOptions: ["proxy_timeout 5s;", "server_names_hash_bucket_size 1024;"] });

  assert.equal(text.match(/proxy_timeout/g)?.length, 1);
  assert.equal(text.match(/server_names_hash_bucket_size/g)?.length, 1);
});
