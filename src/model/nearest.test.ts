import { equal } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { nearest } from "./nearest.ts";

const known = ["hosts", "port", "network", "default_backend", "backend_mode"];

test("a missing letter, a wrong one, and two swapped ones are typing errors", () => {
  equal(nearest("defaul_backend", known), "default_backend");
  equal(nearest("Hosts", known), "hosts");
  equal(nearest("prot", known), "port");
  equal(nearest("netwerk", known), "network");
});

test("the keys of the configuration are found by their mistyped names", () => {
  const keys = ["ProxyReplicas", "ProxyImage", "PublishedPort", "PublishedSSLPort"];

  equal(nearest("ProxyReplcias", keys), "ProxyReplicas");
  equal(nearest("publishedsslprot", keys), "PublishedSSLPort");
  equal(nearest("Replicas", keys), undefined);
  equal(nearest("Zebra", keys), undefined);
});

test("a name that is far from all others has no nearest", () => {
  equal(nearest("shiny", known), undefined);
  equal(nearest("", known), undefined);
  equal(nearest("x".repeat(10_000), known), undefined);
});

test("the nearest is always one of the known names, and a known name is nearest to itself", () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string({ minLength: 3, maxLength: 20 })), (text, names) => {
      const found = nearest(text, names);

      if (found !== undefined) equal(names.includes(found), true);
      for (const name of names) equal(nearest(name, names)?.toLowerCase(), name.toLowerCase());
    }),
  );
});
