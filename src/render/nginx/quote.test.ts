import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { isInterlockError } from "../../model/errors.ts";
import { directive } from "./directive.ts";
import { print } from "./print.ts";
import { literal, quote } from "./quote.ts";

/** nginx's reader, as ngx_conf_read_token does it: the words up to the first `;`, `{` or `}` and what ended them. */
function readWords(text: string): { readonly words: readonly string[]; readonly end: string; readonly rest: string } {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (/\s/.test(text[at] ?? "")) at++;
    const first = text[at] ?? "";
    if (first === "" || ";{}".includes(first)) return { words, end: first, rest: text.slice(at + 1) };
    if (first === "#") {
      at = text.indexOf("\n", at);
      if (at < 0) return { words, end: "", rest: "" };
      continue;
    }
    const mark = first === '"' || first === "'" ? first : undefined;
    if (mark !== undefined) at++;
    let word = "";
    for (;;) {
      const char = text[at] ?? "";
      if (char === "" || (mark === undefined ? /[\s;{]/.test(char) : char === mark)) break;
      const next = text[at + 1] ?? "";
      if (char === "\\" && next !== "") {
        word += { t: "\t", r: "\r", n: "\n", '"': '"', "'": "'", "\\": "\\" }[next] ?? `\\${next}`;
        at += 2;
      } else {
        word += char;
        at++;
      }
    }
    if (mark !== undefined) {
      at++;
      // nginx: after a closing quote only a space, `;`, `{` or `)` may follow.
      assert.match(text[at] ?? ";", /[\s;{)]/);
    }
    words.push(word);
  }
}

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.stringMatching(/^[\\"'{};#$\s\w]{0,40}$/),
  fc.constantFrom("", ";", "}", "{", "#", "\\", '"', "'", "\n", "a b", "a;b", 'a";return 200 "', '\\"', "${x}", "a\\"),
);

test("any text is read back by nginx as exactly that one word", () => {
  fc.assert(
    fc.property(fc.array(text.filter((t) => !t.includes("\0"))), (words) => {
      const line = `name ${words.map(quote).join(" ")}; next;`;

      const read = readWords(line);

      assert.deepEqual(read.words, ["name", ...words]);
      assert.equal(read.end, ";");
      assert.equal(read.rest, " next;");
    }),
  );
});

test("literal text never starts a variable: a $ is refused", () => {
  fc.assert(
    fc.property(text, (t) => {
      if (t.includes("$") || t.includes("\0")) {
        assert.throws(
          () => print([directive("pid", t)]),
          (error) => isInterlockError(error, "CONFIG_INVALID"),
        );
      } else {
        assert.doesNotThrow(() => literal(t));
      }
    }),
  );
});

test("a word longer than nginx reads is refused", () => {
  assert.throws(
    () => quote("\u00e9".repeat(2_001)),
    (error) => isInterlockError(error, "CONFIG_INVALID"),
  );
});

test("plain words stay plain", () => {
  for (const word of ["75s", "/dev/stdout", "HIGH:!aNULL:!MD5", "$http_host", "modules/x.so"]) {
    assert.equal(quote(word), word);
  }
});
