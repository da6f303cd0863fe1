import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { structureOf } from "../../test/golden/structure.ts";
import type { Route } from "./desired.ts";
import { changesNothing, routesAfter, routesBetween } from "./routes-change.ts";

/** Few hosts and paths, so that lists have some in common; sorted by host, then path, as structures have them. */
const list = fc
  .uniqueArray(
    fc.record({
      host: fc.constantFrom("*", "a.example", "b.example", "c.example", "d.example"),
      path: fc.constantFrom("/", "/a", "/b"),
      upstream: fc.constantFrom("one", "two"),
    }),
    { selector: ({ host, path }) => host + path },
  )
  .map(
    (routes) => structureOf({ routes: routes.toSorted((a, b) => (a.host + a.path < b.host + b.path ? -1 : 1)) }).routes,
  );

/** The newer list with the older one's own objects where they are equal, or with equal others. */
function sharing(older: readonly Route[], newer: readonly Route[]): readonly Route[] {
  return newer.map((route) => older.find((other) => JSON.stringify(other) === JSON.stringify(route)) ?? route);
}

void test("what a list changes of another makes it of that one, and names no host that is the same", () => {
  fc.assert(
    fc.property(list, list, fc.boolean(), (before, other, shared) => {
      const after = shared ? sharing(before, other) : other;

      const change = routesBetween(before, after);

      deepEqual(routesAfter(before, change), after);
      const of = (routes: readonly Route[], host: string): string =>
        JSON.stringify(routes.filter((route) => route.host === host));
      for (const host of [...change.set.keys(), ...change.removed])
        equal(of(before, host) === of(after, host), false, host);
      equal(changesNothing(change), JSON.stringify(before) === JSON.stringify(after));
    }),
  );
});
