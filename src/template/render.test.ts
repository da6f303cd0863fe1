import assert from "node:assert/strict";
import { test } from "node:test";
import { backendsOf } from "../../test/behaviour/template-nginx.ts";
import { structureOf } from "../../test/golden/structure.ts";
import { readTemplate, renderTemplate } from "./render.ts";

const structure = {
  ...structureOf({}),
  backends: backendsOf([{ host: "a.example", endpoints: [{ address: "10.0.0.1", port: 80 }] }]),
};

test("a bundle holds what the template made with our parts in it, and no route", () => {
  const template = readTemplate(
    "events {}\nhttp {\n{{ range $h, $b := .Hosts }}server { server_name {{ $h }}; }{{ end }}\n}\n",
  );

  const { bundle, left } = renderTemplate(template, structure);

  assert.match(bundle.nginxConf, /control\.sock;[^]*server \{ server_name a\.example; \}/);
  assert.deepEqual([bundle.routes.size, left], [0, []]);
});

test("the same structure gives the same revision, a changed endpoint another", () => {
  const template = readTemplate(
    "http { {{ range .Hosts }}{{ range . }}{{ range .Targets }}upstream x { server {{ . }}; }{{ end }}{{ end }}{{ end }} }",
  );
  const revision = (port: number): string =>
    renderTemplate(template, {
      ...structure,
      backends: backendsOf([{ host: "a.example", endpoints: [{ address: "10.0.0.1", port }] }]),
    }).bundle.structure;

  assert.equal(revision(80), revision(80));
  assert.notEqual(revision(80), revision(81));
});

test("a byte order mark at the beginning is no part of the file", () => {
  const { bundle } = renderTemplate(readTemplate("\ufeffhttp {}"), structure);

  assert.doesNotMatch(bundle.nginxConf, /\ufeff/);
});
