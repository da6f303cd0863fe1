import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOf } from "../model/bundle.ts";
import type { Endpoint, EndpointTable } from "../model/desired.ts";
import { parseHostName, upstreamName, type HostName } from "../model/names.ts";
import { nothingOffered, type Offer, type Word } from "../model/offer.ts";
import { afterAnswers, afterWord, nothingWanted, type Wanted } from "./wanted.ts";

const empty: Offer = { sequence: 1, ...nothingOffered, whole: true };

const app = upstreamName(["app"]);
const other = upstreamName(["other"]);
const heartbeat: Word = { blind: false };

function word(part: Partial<Offer>, blind = false): Word {
  return { blind, offer: { ...empty, ...part } };
}

/** An endpoint of the application at 10.0.0.<host>. */
function at(host: number): Endpoint {
  return { address: `10.0.0.${host}`, port: 80 };
}

function apps(...hosts: number[]): EndpointTable {
  return new Map([[app, hosts.map(at)]]);
}

/** Where the application answers, as nginx should have it. */
function inForce({ inForce: { endpoints } }: Wanted): readonly string[] {
  return (endpoints.get(app) ?? []).map(({ address }) => address);
}

/** A proxy that core told everything on stream 1, and that then had to ask DNS. */
function onDns(): Wanted {
  const told = afterWord(nothingWanted(), word({ endpoints: apps(1) }), 1);
  return afterAnswers(told, apps(2));
}

test("a structure stays wanted until another is offered", () => {
  const first = afterWord(nothingWanted(), word({ nginxConf: "one" }), 1);
  const second = afterWord(first, word({ sequence: 2, whole: false }), 1);
  const third = afterWord(second, word({ sequence: 3, whole: false, nginxConf: "two" }), 1);

  assert.deepEqual(second.structure, { nginxConf: "one", revision: hashOf("one") });
  assert.equal(third.structure?.nginxConf, "two");
  assert.deepEqual([third.version, third.stream, third.sequence], [3, 1, 3]);
});

test("a new stream without a structure agrees with what is served", () => {
  const refused = afterWord(nothingWanted(), word({ nginxConf: "refused" }), 1);

  const again = afterWord(refused, word({}), 2);

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

  const fed = afterWord(
    nothingWanted(),
    { blind: false, offer: { ...part, certificates: new Map([[a, certificate]]) } },
    1,
  );
  const whole = { ...empty, certificates: new Map([a, b, c].map((each) => [each, "kept"] as const)) };
  const first = afterWord(fed, { blind: false, offer: whole }, 1);
  const second = afterWord(first, { blind: false, offer: { ...part, certificates: new Map([[b, certificate]]) } }, 1);
  const third = afterWord(second, { blind: false, offer: { ...part, removedCertificates: [c] } }, 1);

  assert.deepEqual(
    [fed, first, second, third].map(({ awaited }) => awaited && [...awaited]),
    [undefined, ["b.example", "c.example"], ["c.example"], []],
  );
});

test("what DNS says lies over what core said, and a heartbeat of the same stream takes it away", () => {
  const wanted = onDns();
  assert.deepEqual(inForce(wanted), ["10.0.0.2"]);

  const back = afterWord(wanted, heartbeat, 1);

  assert.deepEqual(inForce(back), ["10.0.0.1"]);
  assert.equal(back.inForce, back.tables);
  assert.equal(afterWord(back, heartbeat, 1), back);
});

test("while core is blind its words leave what DNS says, whole offers too", () => {
  const wanted = onDns();

  assert.equal(afterWord(wanted, { blind: true }, 1), wanted);
  const offered = afterWord(wanted, word({ endpoints: apps(3) }, true), 2);
  assert.deepEqual(inForce(offered), ["10.0.0.2"]);
  assert.deepEqual(inForce(afterWord(offered, heartbeat, 2)), ["10.0.0.3"]);
});

test("a new stream takes only what it gives until it has given all: what core said before is older than DNS", () => {
  const wanted = onDns();

  const heard = afterWord(wanted, heartbeat, 2);
  const fed = afterWord(heard, word({ whole: false, endpoints: new Map([[other, [at(9)]]]) }), 2);
  assert.deepEqual(inForce(fed), ["10.0.0.2"]);
  assert.deepEqual(fed.inForce.endpoints.get(other), [at(9)]);

  assert.deepEqual(inForce(afterWord(fed, word({ whole: false, endpoints: apps(4) }), 2)), ["10.0.0.4"]);
  const whole = afterWord(fed, word({ endpoints: apps(5) }), 2);
  assert.deepEqual(inForce(whole), ["10.0.0.5"]);
  assert.equal(whole.inForce, whole.tables);
});

test("what DNS says of an upstream that core took away is not brought back", () => {
  const gone = afterWord(onDns(), word({ whole: false, removedUpstreams: [app] }, true), 1);

  assert.equal(gone.inForce.endpoints.has(app), false);
});

test("an answer that is no news changes nothing, whoever said it before", () => {
  const told = afterWord(nothingWanted(), word({ endpoints: apps(1) }), 1);
  const wanted = onDns();

  assert.equal(afterAnswers(told, apps(1)), told);
  assert.equal(afterAnswers(wanted, apps(2)), wanted);
  assert.deepEqual(inForce(afterAnswers(wanted, apps(1))), ["10.0.0.1"]);
});
