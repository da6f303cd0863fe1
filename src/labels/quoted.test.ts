import { equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { quoted, quotedList } from "./quoted.ts";

/** Any text at all, lone surrogates and control characters included. */
const anyText = fc.array(fc.nat(0xffff), { maxLength: 80 }).map((units) => String.fromCharCode(...units));

void test("plain text is shown as it is, between quotes", () => {
  equal(quoted("ingress_dev"), '"ingress_dev"');
  equal(quoted("münchen.de"), '"münchen.de"');
});

void test("what cannot be seen is escaped, and so are quotes and backslashes", () => {
  equal(quoted('a\nb\u001b[31m\u202e"\\'), String.raw`"a\u{a}b\u{1b}[31m\u{202e}\"\\"`);
  equal(quoted("\ud800"), String.raw`"\u{d800}"`);
});

void test("long text is cut after 60 characters", () => {
  equal(quoted("x".repeat(61)), `"${"x".repeat(60)}…"`);
  equal(quoted("x".repeat(60)), `"${"x".repeat(60)}"`);
});

void test("a long list says how many more there are", () => {
  equal(quotedList(["a", "b", "c", "d"], 2), '"a", "b" and 2 more');
});

void test("whatever the text, the sentence stays one short line of visible characters", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const shown = quoted(text);

      match(shown, /^".*"$/u);
      ok(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(shown));
      ok(shown.length <= 60 * 10 + 3);
    }),
  );
});
