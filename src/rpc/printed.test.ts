import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOf } from "../model/bundle.ts";
import type { HostName } from "../model/names.ts";
import { upstreamName } from "../model/names.ts";
import { print, type Printed, readPrinted } from "./printed.ts";

const host = "a.example" as HostName;
const app = upstreamName(["app"]);
const printed: Printed = {
  nginxConf: "events {}\n# ── Tables: not these ──\nhttp {}\n",
  routes: new Map([
    [host, [{ path: "/", upstream: app, profile: "default", redirect: { http: "https://a.example" } }]],
  ]),
  endpoints: new Map([[app, [{ address: "10.0.0.1", port: 80, maxFails: 0 }]]]),
  names: new Map([[app, [{ name: "tasks.app.apps", port: 80, maxFails: 0 }]]]),
  certificates: new Map([[host, { certificate: { id: "c1", name: "a.cert" }, key: { id: "k1", name: "a.key" } }]]),
};

test("what was printed is read again, and nginx.conf has its own hash", () => {
  const read = readPrinted(print(printed));

  assert.deepEqual(read, printed);
  assert.equal(hashOf(read.nginxConf), hashOf(printed.nginxConf));
});

test("an nginx.conf comes back as it was, however it ends", () => {
  for (const nginxConf of ["events {}", "events {}\n\n\n", "events {} # the end", ""])
    assert.equal(readPrinted(print({ ...printed, nginxConf })).nginxConf, nginxConf);
});

test("the tables are comments, a line each", () => {
  const lines = print(printed).slice(printed.nginxConf.length).trim().split("\n");

  assert.equal(lines.length, 5);
  assert.ok(lines.every((line) => line.startsWith("# ")));
});

test("a text without tables is an nginx.conf", () => {
  assert.deepEqual(readPrinted("events {}\n"), {
    nginxConf: "events {}\n",
    routes: new Map(),
    endpoints: new Map(),
    names: new Map(),
    certificates: new Map(),
  });
});
