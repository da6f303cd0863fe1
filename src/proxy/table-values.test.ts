import assert from "node:assert/strict";
import { test } from "node:test";
import { noUpstream, upstreamName } from "../model/names.ts";
import { endpointsValue, routesValue } from "./table-values.ts";

const app = upstreamName(["app"]);

test("an endpoint carries limits where its service has any, and nginx's own for the one it does not speak of", () => {
  const at = { address: "10.0.0.1", port: 80 };

  assert.deepEqual(
    endpointsValue([
      at,
      { ...at, maxFails: 0 },
      { ...at, failTimeoutMs: 500 },
      { ...at, maxFails: 3, failTimeoutMs: 1 },
    ]),
    [
      ["10.0.0.1", 80],
      ["10.0.0.1", 80, 0, 10_000],
      ["10.0.0.1", 80, 1, 500],
      ["10.0.0.1", 80, 3, 1],
    ],
  );
});

test("a route says what it needs and nothing else", () => {
  const plain = { path: "/", upstream: app, profile: "default" } as const;

  assert.deepEqual(
    routesValue([
      plain,
      { ...plain, profile: "tls", strip: true, httpsOnly: true, sticky: { kind: "cookie", name: "session" } },
      {
        ...plain,
        upstream: noUpstream,
        sticky: { kind: "address" },
        redirect: { http: "http://a", https: "http://b" },
      },
      { ...plain, redirect: { https: "http://b" } },
    ]),
    [
      plain,
      { ...plain, profile: "tls", strip: true, cookie: "session", secure: true },
      { ...plain, upstream: "", address: true, http: "http://a", https: "http://b" },
      { ...plain, https: "http://b" },
    ],
  );
});

test("equal routes give equal text, whatever the order of their fields", () => {
  const one = routesValue([{ path: "/", upstream: app, profile: "default", strip: true, httpsOnly: true }]);
  const two = routesValue([{ httpsOnly: true, strip: true, profile: "default", upstream: app, path: "/" }]);

  assert.equal(JSON.stringify(one), JSON.stringify(two));
});
