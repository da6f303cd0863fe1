import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluate } from "./evaluate.ts";
import { parse } from "./parser.ts";
import { functions } from "./routing-functions.ts";
import { list, struct } from "./values.ts";

const redirect = (Source: string): ReturnType<typeof struct> =>
  struct("a redirect", { Source, Target: "https://new.example" });

function value(template: string): string {
  const data = struct("data", {
    Redirects: list([redirect("http://old.example"), redirect("https://other.example:8443/x")]),
    Roots: list(["/ws", "/"]),
    None: list([]),
  });
  return evaluate(parse(`{{ ${template} }}`, new Set(functions.keys())), data, functions);
}

test("backendName makes the name of an upstream that is one word to nginx, whatever it is given", () => {
  assert.equal(value("backendName `shop.example`"), "up-shop.example");
  assert.equal(value("backendName `a;b{c}`"), "up-a_b_c_");
});

test("isRedirectHost finds the redirect of exactly this host, whatever its scheme, port and path", () => {
  for (const [host, found] of [
    ["old.example", "true"],
    ["other.example", "true"],
    ["d.example", "false"],
    ["old.example.org", "false"],
    ["", "false"],
  ])
    assert.equal(value(`isRedirectHost "${host}" .Redirects`), found, host);
  assert.equal(value("isRedirectHost `old.example` .None"), "false");
});

test("isRedirectMatch compares the source of one redirect with a host", () => {
  assert.equal(value("isRedirectMatch `http://old.example` `old.example`"), "true");
  assert.equal(value("isRedirectMatch `old.example` `old.example`"), "true");
  assert.equal(value("isRedirectMatch `http://very.old.example` `old.example`"), "false");
});

test("isWebsocketRoot is true when the root is among the endpoints", () => {
  assert.equal(value("isWebsocketRoot .Roots"), "true");
  assert.equal(value("isWebsocketRoot .None"), "false");
});

test("arguments of another kind are refused", () => {
  assert.throws(() => value("isRedirectHost `a` .Roots"), /a string where a redirect is needed/);
  assert.throws(() => value("isWebsocketRoot `a`"), /a string where a list is needed/);
  assert.throws(() => value("isRedirectMatch 1 `a`"), /an int where text is needed/);
});
