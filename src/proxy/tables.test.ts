import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Certificate, Endpoint, HostRoute } from "../model/desired.ts";
import { parseHostName, upstreamName, type HostName } from "../model/names.ts";
import { nothingOffered, type Offer } from "../model/offer.ts";
import {
  certificateDifference,
  difference,
  merge,
  noTables,
  type Certificates,
  type StoredTables,
  type TableChange,
  type Tables,
} from "./tables.ts";

const app = upstreamName(["app"]);
const old = upstreamName(["old"]);
const one: Endpoint = { address: "10.0.0.1", port: 80 };
const two: Endpoint = { address: "fd00::2", port: 8080 };

function host(text: string): HostName {
  const name = parseHostName(text);
  assert.ok(name !== undefined);
  return name;
}

function to(upstream: typeof app): HostRoute[] {
  return [{ path: "/", upstream, profile: "default" }];
}

function offer(part: Partial<Offer>): Offer {
  return { sequence: 1, ...nothingOffered, ...part };
}

const red: Certificate = { certificatePem: "red", keyPem: "red key" };
const blue: Certificate = { certificatePem: "blue", keyPem: "blue key" };
const none: ReadonlySet<string> = new Set();

/** The same tables as maps that can be compared. */
function plain({ routes, endpoints, names, certificates }: Tables): Tables {
  return {
    routes: new Map(routes),
    endpoints: new Map(endpoints),
    names: new Map(names),
    certificates: new Map(certificates),
  };
}

/** A proxy that has something of everything. */
const before: Tables = {
  routes: new Map([[host("a.example"), to(old)]]),
  endpoints: new Map([[old, [one]]]),
  names: new Map(),
  certificates: new Map([[host("a.example"), red]]),
};

test("a whole offer forgets what it does not name", () => {
  const after = merge(before, offer({ whole: true, endpoints: new Map([[app, [one]]]) }));

  assert.deepEqual(plain(after), {
    routes: new Map(),
    endpoints: new Map([[app, [one]]]),
    names: new Map(),
    certificates: new Map(),
  });
});

test("a change keeps what it does not name, and a key removed and given is given", () => {
  const after = merge(before, offer({ removedUpstreams: [old], endpoints: new Map([[old, [two]]]) }));

  assert.deepEqual(plain(after), { ...before, endpoints: new Map([[old, [two]]]) });
  assert.equal(after.routes, before.routes);
  assert.equal(after.certificates, before.certificates);
});

test("a host whose certificate core has not got keeps the one that is there, whole offer or not; without one it has none", () => {
  const certificates = new Map<HostName, Certificate | "kept">([
    [host("a.example"), "kept"],
    [host("b.example"), blue],
    [host("new.example"), "kept"],
  ]);

  for (const whole of [true, false]) {
    const after = merge(before, offer({ whole, certificates }));
    assert.deepEqual(
      [...after.certificates],
      [
        ["a.example", red],
        ["b.example", blue],
      ],
    );
  }
});

test("a certificate that is removed, or that a whole offer does not name, is forgotten", () => {
  assert.deepEqual(merge(before, offer({ removedCertificates: [host("a.example")] })).certificates, new Map());
  assert.deepEqual(merge(before, offer({ whole: true })).certificates, new Map());
});

test("endpoints come before the routes that use them, removals last and the other way round", () => {
  const held: StoredTables = {
    routes: new Map([[host("old.example"), to(old)]]),
    endpoints: new Map([[old, [one]]]),
    names: new Map(),
  };
  const want: StoredTables = {
    routes: new Map<HostName | "*", HostRoute[]>([
      ["*", to(app)],
      [host("a.example"), to(app)],
    ]),
    endpoints: new Map([[app, [one, two]]]),
    names: new Map(),
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
      ["h:*", [{ path: "/", upstream: "app", profile: "default" }]],
      ["h:a.example", [{ path: "/", upstream: "app", profile: "default" }]],
    ],
    delete: ["h:old.example", "u:old"],
  });
});

test("equal tables made anew are no difference", () => {
  const make = (): StoredTables => ({
    routes: new Map([["*", to(app)]]),
    endpoints: new Map([[app, [{ ...one }]]]),
    names: new Map(),
  });

  assert.deepEqual(difference(make(), make(), none), { set: [], delete: [] });
});

test("suspects are told again: set when wanted, deleted when not", () => {
  const tables: StoredTables = { routes: new Map(), endpoints: new Map([[app, [one]]]), names: new Map() };

  const change = difference(tables, tables, new Set(["u:app", "u:gone", "h:gone.example"]));

  assert.deepEqual(change, { set: [["u:app", [["10.0.0.1", 80]]]], delete: ["h:gone.example", "u:gone"] });
});

test("certificates are told by host, and only those that differ", () => {
  const held: Certificates = new Map([
    [host("a.example"), red],
    [host("b.example"), red],
    [host("gone.example"), red],
  ]);
  const want: Certificates = new Map([
    [host("a.example"), { ...red }],
    [host("b.example"), blue],
  ]);

  assert.deepEqual(certificateDifference(held, want, none), {
    set: [["c:b.example", { certificate: "blue", key: "blue key" }]],
    delete: ["c:gone.example"],
  });
});

test("however tables change, a difference applied to what is held gives what is wanted", () => {
  const names = fc.constantFrom("a", "b", "c", "d");
  const ports = fc.array(fc.constantFrom(80, 81, 82), { maxLength: 3 });
  const anyTables = fc
    .record({ up: fc.dictionary(names, ports), hosts: fc.dictionary(names, names) })
    .map(({ up, hosts }): StoredTables => ({
      endpoints: new Map(
        Object.entries(up).map(([name, list]) => [
          upstreamName([name]),
          list.map((port) => ({ address: "10.0.0.1", port })),
        ]),
      ),
      routes: new Map(Object.entries(hosts).map(([name, upstream]) => [host(name), to(upstreamName([upstream]))])),
      names: new Map(),
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

test("whatever offers come, and wherever nginx stands, a difference brings it to what they ask for", () => {
  const keys = fc.constantFrom("a", "b", "c");
  const numbers = fc.array(fc.constantFrom(80, 81), { maxLength: 2 });
  const anyOffer = fc.record({
    whole: fc.boolean(),
    given: fc.dictionary(keys, numbers),
    removed: fc.array(keys, { maxLength: 2 }),
    brought: fc.boolean(),
  });

  fc.assert(
    fc.property(fc.array(anyOffer, { maxLength: 12 }), (list) => {
      let [held, want]: [Tables, Tables] = [noTables, noTables];
      const said = new Map<string, readonly number[]>();
      const nginx = new Map<string, string>();
      for (const { whole, given, removed, brought } of list) {
        if (whole) said.clear();
        for (const key of removed) said.delete(key);
        for (const [key, value] of Object.entries(given)) said.set(key, value);
        const endpoints = new Map(
          Object.entries(given).map(([key, list]) => [
            upstreamName([key]),
            list.map((port) => ({ address: "10.0.0.1", port })),
          ]),
        );
        const removedUpstreams = removed.map((key) => upstreamName([key]));
        want = merge(want, offer({ whole, endpoints, removedUpstreams }));
        if (!brought) continue;
        applied(nginx, difference(held, want, none));
        held = want;

        assert.deepEqual(
          nginx,
          new Map([...said].map(([key, list]) => [`u:${key}`, JSON.stringify(list.map((port) => ["10.0.0.1", port]))])),
        );
      }
    }),
  );
});

test("other endpoints for one of many upstreams are merged and told without a walk over the others", () => {
  class Unwalked<Key, Value> extends Map<Key, Value> {
    override [Symbol.iterator](): MapIterator<[Key, Value]> {
      throw new Error("walked over");
    }
    override keys(): MapIterator<Key> {
      throw new Error("walked over");
    }
    override forEach(): void {
      throw new Error("walked over");
    }
  }
  const endpoints = new Unwalked<typeof app, readonly Endpoint[]>();
  endpoints.set(app, [one]).set(old, [one]);
  const held: Tables = { ...before, endpoints };

  const want = merge(held, offer({ endpoints: new Map([[app, [two]]]) }));

  assert.deepEqual(difference(held, want, none), { set: [["u:app", [["fd00::2", 8080]]]], delete: [] });
});

function applied(table: Map<string, string>, change: TableChange): Map<string, string> {
  for (const [key, value] of change.set) table.set(key, JSON.stringify(value));
  for (const key of change.delete) table.delete(key);
  return table;
}
