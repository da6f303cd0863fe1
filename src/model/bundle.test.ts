import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { bundleOf, carriedRoutes, hashOf, revisionOf } from "./bundle.ts";
import type { HostRoute, RouteTable } from "./desired.ts";
import { parseHostName, upstreamName } from "./names.ts";

const plain: HostRoute = { path: "/", upstream: upstreamName(["web"]), profile: "default" };

function table(rows: Readonly<Record<string, readonly HostRoute[]>>): RouteTable {
  return new Map(Object.entries(rows).map(([host, row]) => [parseHostName(host) ?? "*", row]));
}

test("the revision is the hash of structure and routes as JSON, hosts sorted", () => {
  const routes = table({ "b.example": [{ ...plain, sticky: { kind: "cookie", name: "id" } }], "a.example": [plain] });

  const said = [
    hashOf("events {}"),
    [
      ["a.example", [["/", "web", "default", null, null, null, null, null]]],
      ["b.example", [["/", "web", "default", null, "cookie", null, null, null, "id"]]],
    ],
  ];
  equal(revisionOf(hashOf("events {}"), routes), hashOf(JSON.stringify(said)));
  equal(bundleOf("events {}", routes).revision, hashOf(JSON.stringify(said)));
});

test("a bundle is called the same whatever was before it", () => {
  const routes = table({ "a.example": [plain] });
  for (const before of ["events {}", "events {} "])
    deepEqual(bundleOf("events {}", routes, bundleOf(before, routes)), bundleOf("events {}", routes));
});

test("rows that are equal to those before are the very same, whatever a route asks for", () => {
  const asking: readonly Partial<HostRoute>[] = [
    { path: "/x" },
    { upstream: upstreamName(["other"]) },
    { profile: "tls" },
    { strip: true },
    { sticky: { kind: "cookie", name: "id" } },
    { sticky: { kind: "cookie", name: "other" } },
    { sticky: { kind: "address" } },
    { httpsOnly: true },
    { redirect: { http: "https://a.example" } },
    { redirect: { https: "http://a.example" } },
  ];
  const lists = [[plain], [], [plain, plain], ...asking.map((each) => [{ ...plain, ...each }])];
  lists.forEach((list, n) => {
    const before = table({ "a.example": list, "c.example": [plain] });
    lists.forEach((other, m) => {
      const after = carriedRoutes(before, table({ "b.example": [plain], "a.example": structuredClone(other) }));

      deepEqual(after, table({ "b.example": [plain], "a.example": other }));
      equal(after.get(parseHostName("a.example") ?? "*") === list, n === m);
    });
  });
});
