import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { contextRoot } from "./context_root.ts";
import { websocketEndpoints } from "./websocket_endpoints.ts";

const remedyOf = (text: string): string => contextRoot.parse(text).findings[0]?.remedy ?? "";

void test("a context root begins with a slash and loses its final one", () => {
  const good = {
    "/": "/",
    "/app": "/app",
    " /app/ ": "/app",
    "/a/b.c/~d": "/a/b.c/~d",
    "/v1:x@y!&=z_-": "/v1:x@y!&=z_-",
  };
  for (const [text, path] of Object.entries(good)) deepEqual(contextRoot.parse(text).value, [path], text);
});

void test("percent escapes are read as nginx reads them in a request", () => {
  deepEqual(contextRoot.parse("/caf%C3%A9/%7Eme").value, ["/café/~me"]);
  deepEqual(contextRoot.parse("/café").value, ["/café"]);
  deepEqual(contextRoot.parse("/a%2Fb").value, ["/a/b"]);
});

void test("an escape can hide nothing that could not be written plainly", () => {
  for (const text of [
    "/%2e%2e/a",
    "/a%00",
    "/a%0A",
    "/a%20b",
    "/%22",
    "/%3B",
    "/%7B",
    "/%24uri",
    "/%25",
    "/a%",
    "/%ff",
    "/%2F",
  ])
    deepEqual(contextRoot.parse(text).value, undefined, text);
});

void test("what is no path is refused", () => {
  const bad = [
    "app",
    "//",
    "//app",
    "/a//b",
    "/app//",
    "/.",
    "/..",
    "/a/../b",
    "/a/./b",
    "/a b",
    "/a?b",
    "/a#b",
    "/a;b",
    "/a{b}",
  ];
  const odd = [
    "/a$b",
    '/a"b',
    "/a'b",
    "/a\\b",
    "/(a)",
    "/a*",
    "/a+",
    "/a^",
    "/a|b",
    "/[a]",
    "/a\nb",
    "/a\u0000",
    "/\u202e",
    "/\ud800",
  ];
  for (const text of [...bad, ...odd, `/${"x".repeat(512)}`]) {
    equal(contextRoot.parse(text).value, undefined, text);
    deepEqual(
      contextRoot.parse(text).findings.map((finding) => finding.code),
      ["LABEL_PATH_INVALID"],
      text,
    );
  }
});

void test("the remedy says what to write", () => {
  match(remedyOf("app"), /Begin the path with a slash/);
  match(remedyOf("http://a.example/app"), /without scheme and host/);
  match(remedyOf("/a?b"), /without query/);
  match(remedyOf("/a/../b"), /without empty, \. and \.\. segments/);
  match(remedyOf("/a b"), /Use letters/);
});

void test("several paths are sorted and counted once, and a bad one does not take the good ones with it", () => {
  const reading = contextRoot.parse("/b, /a/ ,,/b,x");

  deepEqual(reading.value, ["/a", "/b"]);
  deepEqual(
    reading.findings.map((finding) => finding.sentence),
    ['"x" is not a path'],
  );
});

void test("empty text reads as absent", () => {
  for (const text of ["", " , "]) deepEqual(contextRoot.parse(text), { findings: [] });
  deepEqual(websocketEndpoints.parse(""), { findings: [] });
});

void test("a list with very many paths is refused, and one with very many mistakes has few findings", () => {
  const many = Array.from({ length: 65 }, (_, n) => `/${n}`).join(",");

  equal(contextRoot.parse(many).value, undefined);
  equal(contextRoot.parse(many.replaceAll("/", "")).findings.length, 9);
  equal(contextRoot.parse(many.replace(",/64", "")).value?.length, 64);
});

void test("paths of websockets are paths", () => {
  deepEqual(websocketEndpoints.parse("/ws,/").value, ["/", "/ws"]);
  deepEqual(websocketEndpoints.parse("ws").value, undefined);
});
