import { equal, notEqual } from "node:assert/strict";
import { test } from "node:test";
import { paintFor, printable } from "./paint.ts";

const terminal = { isTTY: true };

test("a terminal gets colours", () => {
  notEqual(paintFor(terminal, { TERM: "xterm" }).bad("no"), "no");
});

test("a pipe, NO_COLOR and a dumb terminal get plain text", () => {
  equal(paintFor({}, {}).bad("no"), "no");
  equal(paintFor(terminal, { NO_COLOR: "1" }).good("yes"), "yes");
  equal(paintFor(terminal, { TERM: "dumb" }).bold("yes"), "yes");
});

test("an empty NO_COLOR asks for nothing", () => {
  notEqual(paintFor(terminal, { NO_COLOR: "" }).warn("hm"), "hm");
});

test("control characters of other people are shown, not obeyed", () => {
  equal(printable("a\u001b[31mb\r\nc"), "a\\u001b[31mb\\u000d\\u000ac");
  equal(printable("right\u202Eleft"), "right\\u202eleft");
  equal(printable("web.example, größe, 名前"), "web.example, größe, 名前");
});
