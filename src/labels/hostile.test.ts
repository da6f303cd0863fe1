/**
 * Labels nobody would write, but somebody could: a hundred thousand services of them.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Problem, severityOf } from "../model/problem.ts";
import { type Labels } from "../model/snapshot.ts";
import { catalogue } from "./catalogue.ts";
import type { Claim } from "./claim.ts";
import { migrationOf } from "./hrm_notice.ts";
import { readLabels } from "./read.ts";

const nasty = [
  ";",
  "{",
  "}",
  "$",
  "#",
  "'",
  '"',
  "`",
  "\\",
  "\n",
  "\r",
  "\t",
  "\u0000",
  "\u001b[2J",
  "\u202e",
  "\ud800",
  "é",
  "𝕏",
  " ",
];
const pieces = [
  "a.example",
  "b.example",
  "/",
  "/app",
  "/..",
  "//",
  "%2e",
  "%0a",
  "%",
  ",",
  "=",
  ":",
  "@",
  "?",
  "*",
  "http://",
  "https://",
  "sni://",
];
const words = [
  "true",
  "false",
  "80",
  "443",
  "0",
  "10s",
  "ms",
  "vip",
  "required",
  "$uri",
  "}\nserver{",
  "__proto__",
  "external_route=",
  "internal_port=",
  "redirect=",
];
const huge = ["x".repeat(5_000), "/".repeat(5_000), "a,".repeat(3_000), "9".repeat(5_000)];

/** Texts put together from what means something to somebody, and any text at all. */
const hostileText = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .array(fc.constantFrom(...nasty, ...pieces, ...words), { maxLength: 6 })
      .map((parts) => parts.join("")),
  },
  { weight: 4, arbitrary: fc.constantFrom(...catalogue.map((family) => family.example)) },
  { weight: 2, arbitrary: fc.array(fc.nat(0xffff), { maxLength: 20 }).map((units) => String.fromCharCode(...units)) },
  { weight: 1, arbitrary: fc.constantFrom(...huge) },
);

const hrmNames = ["com.docker.ucp.mesh.http", "com.docker.ucp.mesh.http.1", "com.docker.ucp.mesh.http.x\n"];
const oddNames = [
  "com.docker.lb.",
  "com.docker.lb.hots",
  "com.docker.lb.__proto__",
  "com.docker.lb.\u001b[2J",
  "__proto__",
];

/** Good values beside each family's example. */
const moreGood: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "com.docker.lb.redirects":
      "http://a.example,https://b.example/a/rather/long/path/to/put/things/into;b.example,c.example:8080",
    "com.docker.lb.context_root": "/app,/caf%C3%A9/b.c",
    "com.docker.ucp.mesh.http": "external_route=http://a.example,internal_port=80,sticky_sessions=sid",
    "com.docker.ucp.mesh.http.1": "external_route=http://b.example,redirect=https://a.example",
  }),
);

/** A good value, or one with something nasty put into it: what a check that looks at the wrong end would let through. */
function nearlyGood(name: string): fc.Arbitrary<string> {
  const example = catalogue.find((family) => family.label === name)?.example ?? "80=http://a.example";
  const good = fc.constantFrom(example, moreGood.get(name) ?? example);
  const spoilt = fc.tuple(good, fc.constantFrom(...nasty, ...pieces), fc.nat(997)).map(([text, piece, dice]) => {
    const at = dice % (text.length + 1);
    return text.slice(0, at) + piece + text.slice(at);
  });
  return fc.oneof({ weight: 3, arbitrary: good }, { weight: 2, arbitrary: spoilt });
}

const label = fc
  .oneof(
    { weight: 8, arbitrary: fc.constantFrom(...catalogue.map((family) => family.label)) },
    { weight: 2, arbitrary: fc.constantFrom(...hrmNames, ...oddNames) },
  )
  .chain((name) =>
    fc.tuple(
      fc.constant(name),
      fc.oneof({ weight: 3, arbitrary: nearlyGood(name) }, { weight: 2, arbitrary: hostileText }),
    ),
  );
const decent: Labels = { "com.docker.lb.hosts": "a.example,b.example", "com.docker.lb.port": "80" };
const labels = fc
  .tuple(fc.nat(4), fc.array(label, { maxLength: 5 }))
  .map(([dice, pairs]): Labels => Object.fromEntries([...(dice > 0 ? Object.entries(decent) : []), ...pairs]));

const host = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;
const path = /^\/$|^(\/(?!\.\.?(\/|$))[A-Za-z0-9._~!&=:@\p{L}\p{M}\p{N}-]+)+$/u;
const target = /^https?:\/\/[a-z0-9_.-]+(:\d{1,5})?((\/[A-Za-z0-9._~!&=:@%-]+)+)?$/;
const secret = /^[A-Za-z0-9._-]{1,64}$/;

/** What leaves the reader is of these forms, whatever came in. */
function checkClaim(claim: Claim): void {
  match(claim.cluster, /^[A-Za-z0-9._-]{0,63}$/);
  for (const name of claim.hosts) match(name, host);
  ok(claim.hosts.length > 0 || claim.defaultBackend);
  ok(Number.isInteger(claim.port) && claim.port >= 1 && claim.port <= 65_535);
  ok(["task", "vip"].includes(claim.mode));
  ok(claim.contextRoots.length > 0 && claim.contextRoots.length <= 64);
  for (const each of [...claim.contextRoots, ...claim.websocketEndpoints]) match(each, path);
  deepEqual(claim.contextRoots, [...new Set(claim.contextRoots)].toSorted());
  for (const redirect of claim.redirects) {
    ok(claim.hosts.includes(redirect.host) && ["http", "https"].includes(redirect.scheme));
    match(redirect.target, target);
  }
  if (claim.certificate !== undefined) {
    match(claim.certificate.certificate, secret);
    match(claim.certificate.key, secret);
  }
  if (claim.sticky?.kind === "cookie") match(claim.sticky.name, /^[A-Za-z0-9!%&*+.^_|~-]{1,128}$/);
  if (claim.maxFails !== undefined) ok(Number.isInteger(claim.maxFails) && claim.maxFails <= 1_000_000);
  if (claim.failTimeoutMs !== undefined) ok(claim.failTimeoutMs >= 0 && claim.failTimeoutMs <= 86_400_000);
  if (claim.passthrough) {
    const { contextRoots, rewrite, websocketEndpoints, certificate, tlsBackend, sticky } = claim;
    deepEqual(
      [contextRoots, rewrite, websocketEndpoints, certificate, tlsBackend, sticky],
      [["/"], false, [], undefined, undefined, undefined],
    );
  }
}

/** A problem is one short line for people, whatever it speaks of. */
function checkProblem(problem: Problem): void {
  equal(problem.severity, severityOf(problem.code));
  for (const text of [problem.label, problem.sentence, problem.remedy]) {
    ok(text !== "" && text.length < 3_000, text);
    ok(!/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text), text);
  }
}

void test("whatever the labels: no throw, a problem for each rejection, and nothing but the narrow forms gets through", () => {
  fc.assert(
    fc.property(labels, (written) => {
      const { candidate, claims, problems } = readLabels({ name: "web", labels: written });

      for (const claim of claims) checkClaim(claim);
      for (const problem of problems) checkProblem(problem);
      ok(!candidate || claims.length > 0 || problems.some((problem) => problem.severity === "error"));
      ok(candidate || claims.length === 0);
    }),
    { numRuns: 40_000 },
  );
});

void test("the order of labels does not matter, and neither do labels of others", () => {
  fc.assert(
    fc.property(labels, (written) => {
      const turned = Object.fromEntries([...Object.entries(written), ["com.example.x", "y"]].toReversed());

      deepEqual(readLabels({ name: "web", labels: turned }), readLabels({ name: "web", labels: written }));
    }),
    { numRuns: 10_000 },
  );
});

void test("one label at a time: a parser that reads nothing finds an error, and what it reads is of its narrow form", () => {
  fc.assert(
    fc.property(label, ([name, text]) => {
      for (const claim of readLabels({ name: "web", labels: { ...decent, [name]: text } }).claims) checkClaim(claim);
      const family = catalogue.find((each) => each.label === name);
      if (family === undefined) return;
      const { value, findings } = family.parse(text);

      if (value === undefined && /[^\s,;]/u.test(text)) ok(findings.some((each) => severityOf(each.code) === "error"));
      ok(findings.length <= 9);
    }),
    { numRuns: 40_000 },
  );
});

void test("whatever labels of the routing mesh become, it is labels that are good", () => {
  fc.assert(
    fc.property(fc.array(hostileText, { minLength: 1, maxLength: 3 }), (texts) => {
      const old = Object.fromEntries(
        texts.map((text, n) => [`com.docker.ucp.mesh.http.${n}`, `80=http://a${n}.example,${text}`]),
      );
      const migration = migrationOf({ labels: old });
      if (migration.kind !== "labels") return;
      const { claims, problems } = readLabels({ name: "web", labels: migration.add });

      equal(claims.length, 1);
      ok(problems.every((problem) => problem.code === "LABEL_REDIRECT_INVALID"));
    }),
    { numRuns: 10_000 },
  );
});
