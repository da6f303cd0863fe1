import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Endpoint, HostRoute } from "../model/desired.ts";
import { parseHostName, upstreamName, type HostName } from "../model/names.ts";
import type { Offer } from "../model/offer.ts";
import { difference, merge, noTables, profilesOf, withProfiles, type TableChange, type Tables } from "./tables.ts";

const app = upstreamName(["app"]);
const old = upstreamName(["old"]);
const one: Endpoint = { address: "10.0.0.1", port: 80 };
const two: Endpoint = { address: "fd00::2", port: 8080 };

function host(text: string): HostName {
  const name = parseHostName(text);
  assert.ok(name !== undefined);
  return name;
}

function to(upstream: typeof app, profile: string = "default"): HostRoute[] {
  return [{ path: "/", upstream, profile }];
}

function offer(part: Partial<Offer>): Offer {
  return {
    sequence: 1,
    whole: false,
    routes: new Map(),
    removedHosts: [],
    endpoints: new Map(),
    removedUpstreams: [],
    ...part,
  };
}

const none: ReadonlySet<string> = new Set();

test("a whole offer forgets what it does not name", () => {
  const before: Tables = { routes: new Map([[host("a.example"), to(old)]]), endpoints: new Map([[old, [one]]]) };

  const after = merge(before, offer({ whole: true, endpoints: new Map([[app, [one]]]) }));

  assert.deepEqual(after, { routes: new Map(), endpoints: new Map([[app, [one]]]) });
});

test("a change keeps what it does not name, and a key removed and given is given", () => {
  const before: Tables = { routes: new Map([[host("a.example"), to(old)]]), endpoints: new Map([[old, [one]]]) };

  const after = merge(before, offer({ removedUpstreams: [old], endpoints: new Map([[old, [two]]]) }));

  assert.deepEqual(after, { routes: before.routes, endpoints: new Map([[old, [two]]]) });
  assert.equal(after.routes, before.routes);
});

test("endpoints come before the routes that use them, removals last and the other way round", () => {
  const held: Tables = { routes: new Map([[host("old.example"), to(old)]]), endpoints: new Map([[old, [one]]]) };
  const want: Tables = {
    routes: new Map<HostName | "*", HostRoute[]>([
      ["*", to(app)],
      [host("a.example"), to(app)],
    ]),
    endpoints: new Map([[app, [one, two]]]),
  };

  assert.deepEqual(difference(held, want, none), {
    set: [
      [
        "u:app",
        [
          ["10.0.0.1", 80],
          ["fd00::2", 8080],
        ],
      ],
      ["h:*", [["/", "app", "default"]]],
      ["h:a.example", [["/", "app", "default"]]],
    ],
    delete: ["h:old.example", "u:old"],
  });
});

test("equal tables made anew are no difference", () => {
  const make = (): Tables => ({ routes: new Map([["*", to(app)]]), endpoints: new Map([[app, [{ ...one }]]]) });

  assert.deepEqual(difference(make(), make(), none), { set: [], delete: [] });
});

test("suspects are told again: set when wanted, deleted when not", () => {
  const tables: Tables = { routes: new Map(), endpoints: new Map([[app, [one]]]) };

  const change = difference(tables, tables, new Set(["u:app", "u:gone", "h:gone.example"]));

  assert.deepEqual(change, { set: [["u:app", [["10.0.0.1", 80]]]], delete: ["h:gone.example", "u:gone"] });
});

test("routes of unknown profiles are held back", () => {
  const mixed = [...to(app, "big-bodies"), ...to(old)];
  const tables: Tables = {
    routes: new Map([
      [host("a.example"), mixed],
      [host("b.example"), to(app, "big-bodies")],
    ]),
    endpoints: new Map([[app, [one]]]),
  };

  assert.deepEqual([...withProfiles(tables, new Set(["default"])).routes], [["a.example", to(old)]]);
  assert.equal(withProfiles(tables, profilesOf(tables)), tables);
});

test("however tables change, a difference applied to what is held gives what is wanted", () => {
  const names = fc.constantFrom("a", "b", "c", "d");
  const ports = fc.array(fc.constantFrom(80, 81, 82), { maxLength: 3 });
  const anyTables = fc
    .record({ up: fc.dictionary(names, ports), hosts: fc.dictionary(names, names) })
    .map(({ up, hosts }): Tables => ({
      endpoints: new Map(
        Object.entries(up).map(([name, list]) => [
          upstreamName([name]),
          list.map((port) => ({ address: "10.0.0.1", port })),
        ]),
      ),
      routes: new Map(Object.entries(hosts).map(([name, upstream]) => [host(name), to(upstreamName([upstream]))])),
    }));
  const anySuspects = fc
    .array(fc.tuple(fc.constantFrom("u:", "h:"), names))
    .map((list) => new Set(list.map((s) => s.join(""))));

  fc.assert(
    fc.property(anyTables, anyTables, anySuspects, (held, want, suspects) => {
      const nginx = applied(new Map(), difference(noTables, held, none));
      for (const suspect of suspects) nginx.set(suspect, "whatever");

      assert.deepEqual(
        applied(nginx, difference(held, want, suspects)),
        applied(new Map(), difference(noTables, want, none)),
      );
    }),
  );
});

function applied(table: Map<string, string>, change: TableChange): Map<string, string> {
  for (const [key, value] of change.set) table.set(key, JSON.stringify(value));
  for (const key of change.delete) table.delete(key);
  return table;
}
