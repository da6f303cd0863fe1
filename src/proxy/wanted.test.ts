import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOf } from "../model/bundle.ts";
import type { Offer } from "../model/offer.ts";
import { parseHostName, type HostName } from "../model/names.ts";
import { afterOffer, nothingWanted } from "./wanted.ts";

const empty: Offer = {
  sequence: 1,
  whole: true,
  routes: new Map(),
  removedHosts: [],
  endpoints: new Map(),
  removedUpstreams: [],
  certificates: new Map(),
  removedCertificates: [],
};

test("a structure stays wanted until another is offered", () => {
  const first = afterOffer(nothingWanted(), { ...empty, nginxConf: "one" }, 1);
  const second = afterOffer(first, { ...empty, sequence: 2, whole: false }, 1);
  const third = afterOffer(second, { ...empty, sequence: 3, whole: false, nginxConf: "two" }, 1);

  assert.deepEqual(second.structure, { nginxConf: "one", revision: hashOf("one") });
  assert.equal(third.structure?.nginxConf, "two");
  assert.deepEqual([third.version, third.stream, third.sequence], [3, 1, 3]);
});

test("a new stream without a structure agrees with what is served", () => {
  const refused = afterOffer(nothingWanted(), { ...empty, nginxConf: "refused" }, 1);

  const again = afterOffer(refused, empty, 2);

  assert.equal(again.structure, undefined);
  assert.deepEqual([again.version, again.stream, again.sequence], [2, 2, 1]);
});

function host(name: string): HostName {
  return parseHostName(name) ?? assert.fail(name);
}

test("which certificates are awaited is known from the first whole offer on, and ends with their coming or going", () => {
  const [a, b, c] = [host("a.example"), host("b.example"), host("c.example")];
  const certificate = { certificatePem: "certificate", keyPem: "key" };
  const part = { ...empty, whole: false };

  const fed = afterOffer(nothingWanted(), { ...part, certificates: new Map([[a, certificate]]) }, 1);
  const whole = { ...empty, certificates: new Map([a, b, c].map((each) => [each, "kept"] as const)) };
  const first = afterOffer(fed, whole, 1);
  const second = afterOffer(first, { ...part, certificates: new Map([[b, certificate]]) }, 1);
  const third = afterOffer(second, { ...part, removedCertificates: [c] }, 1);

  assert.deepEqual(
    [fed, first, second, third].map(({ awaited }) => awaited && [...awaited]),
    [undefined, ["b.example", "c.example"], ["c.example"], []],
  );
});
