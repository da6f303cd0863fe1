import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "./parser.ts";
import { functions } from "./routing-functions.ts";

const names = new Set(functions.keys());

/** What a template is refused with. */
function refusal(template: string): string {
  try {
    parse(template, names);
  } catch (error) {
    assert.ok(error instanceof Error);
    assert.equal("code" in error && error.code, "TEMPLATE_INVALID");
    return error.message;
  }
  return "nothing";
}

test("what is wrong is told with its line, the words of the action, and what to do where that is known", () => {
  const cases: readonly (readonly [template: string, message: string])[] = [
    [
      "http {\n{{ nosuchfunction .Hosts }}\n}",
      "line 2 of the template, {{ nosuchfunction .Hosts }}: there is no function nosuchfunction",
    ],
    [
      "{{ backendNam .Host }}",
      "line 1 of the template, {{ backendNam .Host }}: there is no function backendNam; did you mean backendName?",
    ],
    [
      "a\n{{ if .A }}\nb\n{{ range .B }}\nc\n{{ end }}\n",
      "line 2 of the template, {{ if .A }}: it is never closed with {{ end }}",
    ],
    [
      "{{ range .A }}{{ end }}\n{{ end }}",
      "line 2 of the template, {{ end }}: end without an if, with or range before it",
    ],
    ["\n\n{{ $x }}", "line 3 of the template, {{ $x }}: there is no variable $x here"],
    ["{{ print (len .A }}", "line 1 of the template, {{ print (len .A }}: a ( is never closed"],
    ["{{ print 1) }}", "line 1 of the template, {{ print 1) }}: a ) without its ("],
    ["x {{ .A", "line 1 of the template, {{ .A: the action is never closed with }}"],
    ['{{ print "a }}\n', 'line 1 of the template, {{ print "a }}: a quote is never closed'],
    ["{{/* a }}", "line 1 of the template, {{/* a }}: the comment is never closed"],
    ["{{/* a */ }}", "line 1 of the template, {{/* a */ }}: a comment ends with */}} or */ -}}"],
    ["{{ /* a */}}", "line 1 of the template, {{ /* a */}}: a comment begins with {{/* or {{- /*"],
    ["{{ 1 ? 2 }}", 'line 1 of the template, {{ 1 ? 2 }}: "? 2 }}" means nothing here'],
    ["{{ .A-B }}", 'line 1 of the template, {{ .A-B }}: ".A-B }}" means nothing here'],
    ["{{ if }}{{ end }}", "line 1 of the template, {{ if }}: if without a value"],
    ["{{ if true }}{{ else if }}{{ end }}", "line 1 of the template, {{ else if }}: if without a value"],
    ["{{ if true }}{{ else }}{{ else }}{{ end }}", "line 1 of the template, {{ else }}: a second else of the same if"],
    [
      "{{ range .A }}{{ else if true }}{{ end }}",
      "line 1 of the template, {{ else if true }}: else if cannot follow range",
    ],
    ["{{ break }}", "line 1 of the template, {{ break }}: break outside of a range"],
    [
      "{{ if true }}{{ define `a` }}{{ end }}{{ end }}",
      "line 1 of the template, {{ define `a` }}: define may not stand inside of anything else",
    ],
    [
      "{{ template foo }}",
      "line 1 of the template, {{ template foo }}: template needs the name of a template in quotes",
    ],
    ["{{ 3i }}", "line 1 of the template, {{ 3i }}: complex numbers are not supported"],
    [
      "{{ 99999999999999999999 }}",
      "line 1 of the template, {{ 99999999999999999999 }}: 99999999999999999999 is no number, or too large for one",
    ],
    ['{{ "\\xff" }}', 'line 1 of the template, {{ "\\xff" }}: "\\xff" is not a string as Go writes them'],
    ["{{ $a, $b := .A }}", "line 1 of the template, {{ $a, $b := .A }}: too many variables for an action"],
    ["{{ .A | 1 }}", "line 1 of the template, {{ .A | 1 }}: 1 takes no value from a pipeline"],
  ];
  for (const [template, message] of cases) assert.equal(refusal(template), message);
});

test("of two mistakes the first is told", () => {
  assert.match(refusal("{{ nope }}\n{{ 'a }}"), /^line 1 .* no function nope/);
});

test("a long action is quoted only in part", () => {
  const message = refusal(`{{ nope ${"x".repeat(500)} }}`);

  assert.ok(message.length < 200, message);
  assert.match(message, /x…: there is no function nope$/);
});

test("levels inside each other have an end, whatever they are made of", () => {
  for (const deep of ["(".repeat(100_000), "{{ if true }}".repeat(5_000), "{{ if 1 }}{{ else }}".repeat(5_000)]) {
    assert.match(refusal(deep.startsWith("(") ? `{{ ${deep}` : deep), /more than 200 levels inside each other/);
  }
  assert.match(refusal(`{{ if 1 }}${"{{ else if 1 }}".repeat(5_000)}{{ end }}`), /more than 200 levels/);
});
