import assert from "node:assert/strict";
import { test } from "node:test";
import { directive } from "./directive.ts";
import { print } from "./print.ts";
import { raw, yieldTo } from "./raw.ts";

function printed(options: readonly string[]): readonly string[] {
  return print(raw("HTTPOptions", options)).trimEnd().split("\n").slice(1);
}

test("a missing final semicolon is added, wherever options are cut into lines", () => {
  assert.deepEqual(printed(["gzip on", "gzip_types text/css"]), ["gzip on;", "gzip_types text/css;"]);
  assert.deepEqual(printed(["log_format x '$a'", "  '$b'"]), ["log_format x '$a'", "  '$b';"]);
  assert.deepEqual(printed(["gzip on;\ngzip_vary on"]), ["gzip on;", "gzip_vary on;"]);
});

test("what is complete, and what stands in a block, is verbatim", () => {
  const lines = [
    "gzip on; # why not",
    "# just words",
    "map $a $b {",
    "default 1;",
    "}",
    "init_worker_by_lua_block {",
    "if x then",
    "y()",
    "end",
    "}",
  ];

  assert.deepEqual(printed(lines), lines);
});

test("nothing is printed when there are no options", () => {
  assert.deepEqual(raw("HTTPOptions", ["", "  "]), []);
});

test("ours gives way to the operator's directive of the same name, unless nginx lets both stand", () => {
  const ours = [directive("server_tokens", "off"), directive("sendfile", "on"), directive("add_header", "a", "b")];
  const theirs = ["server_tokens on;", "# sendfile off;", "server { sendfile off; }", 'add_header c "sendfile off;";'];

  assert.deepEqual(
    yieldTo(theirs, ours).map((node) => node.kind === "directive" && node.name),
    ["sendfile", "add_header"],
  );
});
