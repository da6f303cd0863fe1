import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { isInterlockError } from "../model/errors.ts";
import { evaluate } from "./evaluate.ts";
import { parse } from "./parser.ts";
import { functions } from "./routing-functions.ts";
import { dict, list, struct, type Value } from "./values.ts";

const names = new Set(functions.keys());

function run(template: string, data?: Value): string {
  return evaluate(parse(template, names), data, functions);
}

function refusal(template: string, data?: Value): string {
  try {
    run(template, data);
  } catch (error) {
    assert.ok(isInterlockError(error, "TEMPLATE_INVALID"), String(error));
    return error.message;
  }
  return "nothing";
}

const data = struct("the data of a template", {
  Hosts: dict([["a.example", list([struct("a backend", { Targets: list(["10.0.0.1:80"]) })])]], list([])),
  Port: 80n,
  Name: "web",
});

test("a mistake that shows only with data is told with its line and what there is instead", () => {
  const cases: readonly (readonly [template: string, message: string])[] = [
    ["\n{{ .Host }}", "line 2 of the template, .Host: the data of a template has no field Host; did you mean Hosts?"],
    ["{{ range .Port.X }}{{ end }}", "line 1 of the template, .Port.X: an int has no field X"],
    [
      "{{ .Hosts.x.y }}{{ (index .Hosts `a.example`).Targets }}",
      "line 1 of the template, (index .Hosts `a.example`).Targets: a list has no field Targets; range goes through its items",
    ],
    ["{{ index .Hosts `b` 0 }}", "line 1 of the template, index .Hosts `b` 0: there is no index 0: it is empty"],
    [
      "{{ index .Hosts `a.example` 3 }}",
      "line 1 of the template, index .Hosts `a.example` 3: there is no index 3: the last is 0",
    ],
    ["{{ eq .Port `80` }}", "line 1 of the template, eq .Port `80`: an int cannot be compared with a string"],
    ["{{ lt .Name 1 }}", "line 1 of the template, lt .Name 1: a string cannot be ordered against an int"],
    ["{{ range .Name }}{{ end }}", "line 1 of the template, {{ range .Name }}: range cannot go through a string"],
    ["{{ template `x` }}", 'line 1 of the template, {{ template `x` }}: there is no template "x"'],
    ["{{ len }}", "line 1 of the template, len: len takes 1 argument, and here are 0"],
    ["{{ .Name 1 }}", "line 1 of the template, .Name 1: .Name is no function and takes no arguments"],
    ["{{ backendName .Port }}", "line 1 of the template, backendName .Port: an int where text is needed"],
    ["{{ print (slice `é` 1) }}", "line 1 of the template, slice `é` 1: the bounds cut a character in two"],
    ["{{ $x = 1 }}", "line 1 of the template, $x = 1: the variable $x has not been made yet"],
  ];
  for (const [template, message] of cases) assert.equal(refusal(template, data), message);
});

test("a template that does not end is ended", () => {
  for (const [template, words] of [
    ["{{ range 1000000000000 }}{{ end }}", /does more than 10 million steps/],
    ["{{ define `x` }}{{ template `x` . }}{{ end }}{{ template `x` }}", /more than 800 levels call each other/],
    ["{{ $x := `0123456789` }}{{ range 64 }}{{ $x = print $x $x }}{{ end }}", /makes more than 4 million characters/],
    ["{{ range 10000000 }}0123456789{{ end }}", /makes more than 4 million characters/],
    ["{{ range 1000000 }}{{ $x := printf `%9999d` 1 }}{{ end }}", /does more than 10 million steps/],
    ["{{ printf `%999999d` 1 }}", /a width of 999999 is more than 10000/],
  ] as const)
    assert.match(refusal(template), words);
});

test("ten thousand hosts are no problem", () => {
  const backend = struct("a backend", { Targets: list(["10.0.0.1:80", "10.0.0.2:80"]) });
  const many = dict(
    Array.from({ length: 10_000 }, (_, at) => [`host-${at}.example`, list([backend])] as const),
    list([]),
  );
  const template =
    "{{ range $host, $backends := .Hosts }}{{ $name := backendName $host }}upstream {{ $name }} {\n{{ range $backends }}{{ range .Targets }}  server {{ . }};\n{{ end }}{{ end }}}\n{{ end }}";

  const text = run(template, struct("data", { Hosts: many }));

  assert.equal(text.split("\n").length, 40_001);
});

/** Templates made of pieces that fit together more often than not. */
const piece = fc.constantFrom(
  "{{",
  "}}",
  "{{-",
  "-}}",
  " ",
  "\n",
  ".",
  "$",
  "$x",
  ":=",
  "=",
  ",",
  "|",
  "(",
  ")",
  ".Hosts",
  ".Port",
  ".Name",
  ".Nope",
  "0",
  "3",
  "-1",
  "1.5",
  '"a"',
  "`b`",
  "'c'",
  "nil",
  "true",
  "if",
  "else",
  "end",
  "range",
  "with",
  "define",
  "template",
  "block",
  "break",
  "continue",
  '"x"',
  "print",
  "printf",
  '"%v %d %5.2f %[2]*[1]d %q %x %T %!"',
  "len",
  "index",
  "slice",
  "eq",
  "lt",
  "and",
  "or",
  "not",
  "html",
  "js",
  "urlquery",
  "backendName",
  "isRedirectHost",
  "isRedirectMatch",
  "isWebsocketRoot",
  "{{/*",
  "*/}}",
  "text",
);
const action = fc.array(piece, { maxLength: 6 }).map((words) => `{{ ${words.join(" ")} }}`);
const wild = fc
  .array(fc.oneof(piece, action, fc.string({ maxLength: 6 })), { maxLength: 30 })
  .map((all) => all.join(" "));
const nested = fc.letrec<{ body: string; statement: string }>((tie) => ({
  body: fc.array(tie("statement"), { maxLength: 3 }).map((all) => all.join("")),
  statement: fc.oneof(
    { depthSize: "small" },
    action,
    fc
      .tuple(fc.constantFrom("if", "with", "range", "range $x :=", "range $x, $y :="), piece, tie("body"), tie("body"))
      .map(([word, value, body, otherwise]) => `{{ ${word} ${value} }}${body}{{ else }}${otherwise}{{ end }}`),
  ),
})).body;

test("whatever a template says, it prints or is refused", () => {
  fc.assert(
    fc.property(fc.oneof(wild, nested), (template) => {
      try {
        assert.equal(typeof run(template, data), "string");
      } catch (error) {
        assert.ok(isInterlockError(error, "TEMPLATE_INVALID"), error instanceof Error ? error.stack : String(error));
        assert.match(error.message, /^line \d+ of the template, /);
      }
    }),
    { numRuns: 3_000 },
  );
});
