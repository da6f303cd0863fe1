import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { NginxSettings } from "../model/config.ts";
import { profiles, type Route } from "../model/desired.ts";
import { parseHostName, wireUpstreamName } from "../model/names.ts";
import { shippedSettings, structureOf } from "../../test/golden/structure.ts";
import { render } from "./render.ts";

/** Objects as they come from the wire: equal routes are told apart by nothing. */
const plain = { noNullPrototype: true } as const;

const route: fc.Arbitrary<Route> = fc.record(
  {
    host: fc
      .constantFrom("*", "a.example", "b.example")
      .map((text) => (text === "*" ? text : (parseHostName(text) ?? "*"))),
    path: fc.constantFrom("/", "/a", "/a/b", "/b"),
    upstream: fc.constantFrom("one", "two").map(wireUpstreamName),
    profile: fc.constantFrom(...profiles),
    strip: fc.constant(true),
    sticky: fc.oneof(
      fc.record({ kind: fc.constant("cookie"), name: fc.string() }, plain),
      fc.record({ kind: fc.constant("address") }, plain),
    ),
    httpsOnly: fc.constant(true),
    redirect: fc.record({ http: fc.string(), https: fc.string() }, { ...plain, requiredKeys: [] }),
  },
  { ...plain, requiredKeys: ["host", "path", "upstream", "profile"] },
);

function conf(settings: Partial<NginxSettings>): string {
  return render(structureOf({ settings })).nginxConf;
}

test("the same routes in any order give the same bundle", () => {
  fc.assert(
    fc.property(
      fc
        .array(route)
        .chain((routes) => fc.tuple(fc.constant(routes), fc.shuffledSubarray(routes, { minLength: routes.length }))),
      ([routes, shuffled]) => {
        const base = structureOf({});

        assert.deepEqual(render({ ...base, routes }), render({ ...base, routes: shuffled }));
      },
    ),
  );
});

test("hosts are sorted, the longest path comes first, and no path twice", () => {
  const table = render(
    structureOf({
      routes: [
        { host: "b.example", upstream: "one" },
        { host: "a.example", path: "/x", upstream: "two" },
        { host: "a.example", path: "/x/long", upstream: "one" },
        { host: "a.example", path: "/x", upstream: "one" },
      ],
    }),
  ).routes;

  assert.deepEqual(
    [...table].map(([host, list]) => [host, list.map(({ path, upstream }) => [path, upstream])]),
    [
      [
        "a.example",
        [
          ["/x/long", "one"],
          ["/x", "one"],
        ],
      ],
      ["b.example", [["/", "one"]]],
    ],
  );
});

test("routes change the revision, never nginx.conf, whatever they ask for", () => {
  const without = render(structureOf({}));

  fc.assert(
    fc.property(fc.array(route, { minLength: 1 }), (routes) => {
      const withRoutes = render({ ...structureOf({}), routes });

      assert.equal(withRoutes.structure, without.structure);
      assert.notEqual(withRoutes.revision, without.revision);
    }),
  );
});

test("the route table carries all that a route asks for", () => {
  const everything: Route = {
    host: "*",
    path: "/a",
    upstream: wireUpstreamName("one"),
    profile: "tls",
    strip: true,
    sticky: { kind: "cookie", name: "session" },
    httpsOnly: true,
    redirect: { http: "https://a.example" },
  };
  const { host, ...rest } = everything;

  assert.deepEqual([...render({ ...structureOf({}), routes: [everything] }).routes], [[host, [rest]]]);
});

test("no setting's text can become nginx syntax", () => {
  const evil = '1; } server { listen 1; } #"\n';
  const raws = new Set(["mainLogFormat", "traceLogFormat", "sslOpts"]);
  const names = Object.entries(shippedSettings)
    .filter(([name, value]) => typeof value === "string" && !raws.has(name))
    .map(([name]) => name);

  for (const name of names) {
    const words = conf({ [name]: evil }).replace(/"(?:[^"\\]|\\.)*"/g, "Q");

    assert.doesNotMatch(words, /listen 1;/, name);
  }
});

test("user is said only where it differs from the one the proxy runs as", () => {
  assert.doesNotMatch(conf({}), /^user/m);
  assert.match(conf({ user: "www-data adm" }), /^user www-data adm;$/m);
});

test("listeners are per worker only with several workers", () => {
  assert.doesNotMatch(conf({}), /reuseport/);
  assert.match(conf({ workerProcesses: "auto" }), /listen 80 default_server reuseport;/);
});

test("a log may be off", () => {
  assert.match(conf({ accessLogPath: "off", errorLogPath: "off" }), /error_log \/dev\/null emerg;[^]*access_log off;/);
});

test("log formats may end in a semicolon or not", () => {
  for (const mainLogFormat of ["'$host'", "'$host';", " '$host' ; "]) {
    assert.match(conf({ mainLogFormat }), /log_format main '\$host';\n/);
  }
});
