import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { redirects } from "./redirects.ts";

/** What a label says, a line each. */
function read(text: string): readonly string[] {
  return (redirects.parse(text).value ?? []).map(({ scheme, host, target }) => `${scheme}://${host} -> ${target}`);
}

const findingsOf = (text: string): readonly string[] => redirects.parse(text).findings.map((each) => each.sentence);
const remedyOf = (text: string): string => redirects.parse(text).findings[0]?.remedy ?? "";

void test("pairs of the documents are read, with spaces and a trailing semicolon", () => {
  deepEqual(read("http://old.local,http://new.local"), ["http://old.local -> http://new.local"]);
  deepEqual(read(" http://a.local , https://a.local ; https://b.local,https://c.local; "), [
    "http://a.local -> https://a.local",
    "https://b.local -> https://c.local",
  ]);
});

void test("a source without scheme is http, and a target without one has that of its source", () => {
  deepEqual(read("old.local,new.local;https://old.local,new.local"), [
    "http://old.local -> http://new.local",
    "https://old.local -> https://new.local",
  ]);
});

void test("a target keeps its port and path, but no final slash and no port of its own scheme", () => {
  deepEqual(read("a.local,HTTPS://B.Local:8443/x/%C3%A9/"), ["http://a.local -> https://b.local:8443/x/%C3%A9"]);
  deepEqual(read("http://a.local/,http://b.local:80/"), ["http://a.local -> http://b.local"]);
  deepEqual(read("http://a.local,https://b.local:80"), ["http://a.local -> https://b.local:80"]);
});

void test("what is no pair is an error, and the other pairs stay", () => {
  deepEqual(read("a.local;b.local,c.local"), ["http://b.local -> http://c.local"]);
  deepEqual(findingsOf("a.local;b.local,c.local"), ['"a.local" is not a source and a target']);
  deepEqual(redirects.parse("a.local,").value, undefined);
  deepEqual(redirects.parse("a.local,b.local,c.local").value, undefined);
});

void test("a source has no port, path, wildcard or other scheme", () => {
  for (const source of [
    "http://a.local:8080",
    "http://a.local/x",
    "*.local",
    "ftp://a.local",
    "http://",
    "a b",
    "http://u@a.local",
  ])
    equal(redirects.parse(`${source},http://b.local`).value, undefined, source);
  match(remedyOf("http://a.local:8080,http://b.local"), /without a port/);
});

void test("a target has no query, fragment, user or anything that is no URL", () => {
  const bad = [
    "http://b.local/?q",
    "http://b.local#x",
    "http://u:p@b.local",
    "//b.local",
    "/path",
    "javascript:alert(1)",
    "ftp://b.local",
  ];
  const odd = [
    "http://b.local/a b",
    "http://b.local/$uri",
    "http://b.local/{",
    'http://b.local/"',
    "http://b.local/\\",
  ];
  const numbers = [
    "http://b.local:0",
    "http://b.local:65536",
    "http://b.local:x",
    "http://[::1]",
    "http://b.local/é",
    "http://b.local/%zz",
  ];
  const dots = [
    "http://b.local/..",
    "http://b.local//x",
    "http://b.local\r\nX-Evil: 1",
    `http://b.local/${"x".repeat(513)}`,
  ];
  for (const target of [...bad, ...odd, ...numbers, ...dots])
    equal(redirects.parse(`a.local,${target}`).value, undefined, target);
});

void test("a redirect to itself never ends, and is refused", () => {
  for (const text of ["a.local,a.local", "http://a.local,http://a.local:80/x", "https://a.local,a.local/new"])
    match(findingsOf(text)[0] ?? "", /comes back to where it began/, text);
  deepEqual(read("http://a.local,http://a.local:8080"), ["http://a.local -> http://a.local:8080"]);
});

void test("so is one that comes back by way of another", () => {
  deepEqual(read("a.local,b.local;b.local,https://a.local;https://a.local,http://a.local"), [
    "http://a.local -> http://b.local",
    "http://b.local -> https://a.local",
  ]);
});

void test("a source has one target; saying it twice is no mistake", () => {
  deepEqual(findingsOf("a.local,b.local;a.local,b.local/"), []);
  deepEqual(findingsOf("a.local,b.local;a.local,c.local"), [
    '"http://a.local" is redirected to "http://b.local" already',
  ]);
});

void test("every mistake has one code, and very many have few findings", () => {
  const { findings } = redirects.parse(Array.from({ length: 1_000 }, (_, n) => `x${n}`).join(";"));

  equal(findings.length, 9);
  deepEqual(new Set(findings.map((finding) => finding.code)), new Set(["LABEL_REDIRECT_INVALID"]));
});

void test("empty text reads as absent", () => {
  deepEqual(redirects.parse(" ; "), { findings: [] });
});

void test("a long chain of redirects is followed once for each", () => {
  const chain = Array.from({ length: 2_000 }, (_, n) => `h${n}.local,h${n + 1}.local`);

  equal(read(chain.join(";")).length, 2_000);
});
