import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { isInterlockError } from "../model/errors.ts";
import { type NginxDirective, readNginx } from "./nginx-text.ts";

function outline(directives: readonly NginxDirective[]): readonly unknown[] {
  return directives.map(({ name, args, block }) => [
    name,
    ...args,
    ...(block === undefined ? [] : [outline(block.directives)]),
  ]);
}

test("directives are found by nginx's own rules for words, quotes, comments and variables", () => {
  const text = `
# http { commented; }
user  nginx ; worker_processes
  4;
http{ # not } here
  log_format a '$x "}" ;' "{ \\" }";
  map $a $b { default "it's"; "~^/x{2}" 1; ~^a\\;b 2; }
  server { listen 80; set $c "\${d}{"; return 200 \${d}x; location ~ a# { } }
}`;

  assert.deepEqual(outline(readNginx(text)), [
    ["user", "nginx"],
    ["worker_processes", "4"],
    [
      "http",
      [
        ["log_format", "a", '$x "}" ;', '{ \\" }'],
        [
          "map",
          "$a",
          "$b",
          [
            ["default", "it's"],
            ["~^/x{2}", "1"],
            ["~^a\\;b", "2"],
          ],
        ],
        [
          "server",
          [
            ["listen", "80"],
            ["set", "$c", "${d}{"],
            ["return", "200", "${d}x"],
            ["location", "~", "a#", []],
          ],
        ],
      ],
    ],
  ]);
});

test("Lua is passed over, with its own quotes and comments", () => {
  const text = `http { content_by_lua_block { local t = { a = "}" } -- }
    --[[ } ]] x = [==[ }} ]==] } server { } }`;

  assert.deepEqual(outline(readNginx(text)), [
    [
      "http",
      [
        ["content_by_lua_block", []],
        ["server", []],
      ],
    ],
  ]);
});

test("offsets and lines are those of the text", () => {
  const text = "a;\n\n  b c {\n d; }\n";
  const [, second] = readNginx(text);

  assert.ok(second?.block !== undefined);
  assert.deepEqual(
    [second.line, text.slice(second.start, second.end), text.slice(second.block.start)],
    [3, "b c {\n d; }", "\n d; }\n"],
  );
});

test("what does not close is told with the line where it began", () => {
  for (const [text, words] of [
    ["a;\nhttp {\n b;", "line 2 of what the template made, http: its { is never closed"],
    ["a;\n}", "line 2 of what the template made, }: there is no { for it"],
    ["\na b", "line 2 of what the template made, a b: it is never ended with ;"],
    ["http { a }", "line 1 of what the template made, a: it is never ended with ;"],
    ["a 'b;", "line 1 of what the template made, 'b;: a quote is never closed"],
    ["x_by_lua_block { {", "line 1 of what the template made, x_by_lua_block: its { is never closed"],
  ] as const)
    assert.throws(() => readNginx(text), { message: words });
  assert.throws(() => readNginx("a {".repeat(10_000)), /more than 100 blocks inside each other/);
});

test("any text is read to its end or refused", () => {
  const pieces = fc.constantFrom(
    "{",
    "}",
    ";",
    '"',
    "'",
    "\\",
    "#",
    "$",
    "${",
    " ",
    "\n",
    "a",
    "_by_lua_block",
    "--[[",
    "]]",
    "é",
  );
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 30 }).map((all) => all.join("")),
      (text) => {
        try {
          readNginx(text);
        } catch (error) {
          assert.ok(isInterlockError(error, "TEMPLATE_INVALID"), String(error));
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
