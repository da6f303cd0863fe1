import assert from "node:assert/strict";
import { test } from "node:test";
import { type BackendSketch, backendsOf } from "../../test/behaviour/template-nginx.ts";
import { shippedSettings, structureOf } from "../../test/golden/structure.ts";
import type { NginxSettings } from "../model/config.ts";
import { templateData } from "./data.ts";
import { evaluate } from "./evaluate.ts";
import { parse } from "./parser.ts";
import { functions } from "./routing-functions.ts";

const endpoints = [{ address: "10.0.0.1", port: 80 }];

function say(template: string, sketches: readonly BackendSketch[], settings: Partial<NginxSettings> = {}): string {
  const structure = { ...structureOf({ settings, httpPort: 8080, httpsPort: 8443 }), backends: backendsOf(sketches) };
  return evaluate(parse(template, new Set(functions.keys())), templateData(structure).data, functions);
}

test("a backend has every documented field, with Go's zero where a label says nothing", () => {
  const fields =
    "{{ range $h, $b := .Hosts }}{{ $h }}{{ range $b }} {{ .Service }} {{ .Targets }} {{ .Servers }} {{ .IPHash }} [{{ .StickySessionCookie }}] {{ .DefaultBackend }} {{ .Redirects }} {{ .ContextRoots }} {{ .WebsocketEndpoints }} {{ .SSLBackend }} [{{ .SSLCert }}{{ .SSLCertTarget }}{{ .SSLKey }}{{ .SSLKeyTarget }}]{{ end }}{{ end }}";

  assert.equal(
    say(fields, [{ host: "a.example", endpoints }]),
    "a.example app [10.0.0.1:80] [{10.0.0.1:80 1 10s}] false [] false [] [] [] false []",
  );
  assert.equal(
    say(fields, [
      {
        host: "a.example",
        service: "web",
        endpoints: [{ address: "fd00::1", port: 80, maxFails: 0, failTimeoutMs: 1_500 }],
        sticky: { kind: "cookie", name: "sid" },
        redirects: [{ scheme: "http", host: "a.example", target: "https://b.example" }],
        contextRoots: ["/x"],
        rewrite: true,
        websocketEndpoints: ["/ws"],
        tlsBackend: true,
        certificate: { certificate: "c", key: "k" },
      },
    ]),
    "a.example web [[fd00::1]:80] [{[fd00::1]:80 0 2s}] false [sid] false [{http://a.example https://b.example}] [{/x true}] [/ws] true [cckk]",
  );
});

test("TLS hosts are in SSLBackends, each with a port of its own; unknown ones read as zero", () => {
  const template =
    "{{ range $h, $s := .SSLBackends }}{{ $h }} {{ $s.Host }} {{ gt $s.Port 0 }} {{ $s.Passthrough }} {{ $s.DefaultBackend }} {{ gt $s.ProxyProtocolPort 0 }};{{ end }}{{ (index .SSLBackends `plain.example`).Port }}";

  assert.equal(
    say(template, [
      { host: "cert.example", endpoints, certificate: { certificate: "c", key: "k" } },
      { host: "pass.example", endpoints, passthrough: true, defaultBackend: true },
      { host: "plain.example", endpoints },
    ]),
    "cert.example cert.example true false false false;pass.example pass.example false true true true;0",
  );
});

test("a default backend without a host is called _; only one host is the default", () => {
  const template =
    "{{ .HasDefaultBackend }}{{ range $h, $b := .Hosts }} {{ $h }}={{ (index $b 0).DefaultBackend }}{{ end }}";

  assert.equal(say(template, []), "false");
  assert.equal(say(template, [{ host: "*", endpoints, defaultBackend: true }]), "true _=true");
  assert.equal(
    say(template, [
      { host: "a.example", endpoints, defaultBackend: true },
      { host: "b.example", endpoints, defaultBackend: true },
    ]),
    "true a.example=true b.example=false",
  );
  // A default backend that is passed through answers no HTTP.
  assert.equal(say(template, [{ host: "*", endpoints, defaultBackend: true, passthrough: true }]), "false _=true");
});

test("services without endpoints are not there, so that no upstream is empty and another service decides", () => {
  const template = "{{ range $h, $b := .Hosts }}{{ $h }} {{ len $b }} {{ (index $b 0).Service }};{{ end }}";

  assert.equal(
    say(template, [
      { host: "a.example", service: "gone" },
      { host: "a.example", service: "here", endpoints },
      { host: "b.example", service: "gone" },
    ]),
    "a.example 1 here;",
  );
});

test("options have their documented names; log formats end in one semicolon", () => {
  const template =
    "{{ with .ExtensionConfig }}{{ .User }} {{ .WorkerProcesses }} {{ .RLimitNoFile }} {{ .RlimitNoFile }} {{ .ConnectTimeout }} {{ .MainLogFormat }} {{ .TraceLogFormat }}{{ end }} {{ .Port }} {{ .SSLPort }} {{ .Version }}";

  assert.equal(
    say(template, [], {
      workerProcesses: "auto",
      mainLogFormat: "'$host'",
      traceLogFormat: " 'x' ; ",
      port: 81,
      version: "7",
    }),
    "nginx auto 65535 65535 5 '$host'; 'x'; 81 8443 interlock/7 (nginx) linux",
  );
  assert.match(say("{{ .ExtensionConfig.MainLogFormat }}", [], { mainLogFormat: "" }), /^'\$remote_addr [^]*';$/);
});

test("every option of the settings is among them", () => {
  const names = say("{{ printf `%+v` .ExtensionConfig }}", []).matchAll(/\b([A-Za-z]+):/g);
  const known = new Set([...names].map(([, name = ""]) => name.toLowerCase().replace(/s$/, "")));
  const renamed: Readonly<Record<string, string>> = {
    connectTimeoutS: "connecttimeout",
    sendTimeoutS: "sendtimeout",
    readTimeoutS: "readtimeout",
    upstreamZoneSizeKb: "upstreamzonesize",
  };

  for (const name of Object.keys(shippedSettings)) {
    const wanted = renamed[name] ?? name.toLowerCase().replace(/s$/, "");
    assert.ok(known.has(wanted), name);
  }
});

test("ip_hash of the whole cluster counts where a service says nothing", () => {
  const template = "{{ range .Hosts }}{{ (index . 0).IPHash }} {{ end }}";
  const sketches: readonly BackendSketch[] = [
    { host: "a.example", endpoints },
    { host: "b.example", endpoints, sticky: { kind: "cookie", name: "x" } },
    { host: "c.example", endpoints, sticky: { kind: "address" } },
  ];

  assert.equal(say(template, sketches), "false false true ");
  assert.equal(say(template, sketches, { ipHash: true }), "true false true ");
});

test("a cookie that nginx has no variable for is left out", () => {
  const sticky = { kind: "cookie", name: "my-session" } as const;

  assert.equal(
    say("{{ range .Hosts }}[{{ (index . 0).StickySessionCookie }}]{{ end }}", [
      { host: "a.example", endpoints, sticky },
    ]),
    "[]",
  );
});

test("a backend with text that could become nginx syntax is left out whole, and said so; nobody else is", () => {
  const evil = ["/a b", "/a;", "/{", "/}", '/"', "/'", "/\\", "/#", "/$x", "/\n", "/\0"];
  const sketches = evil.flatMap((text, at): BackendSketch[] => [
    { host: `p${at}.example`, endpoints, contextRoots: [text] },
    { host: `w${at}.example`, endpoints, websocketEndpoints: [text] },
    { host: `r${at}.example`, endpoints, redirects: [{ scheme: "http", host: "x", target: `http://x${text}` }] },
    { host: `s${at}.example`, endpoints, certificate: { certificate: text, key: "k" } },
    { host: `c${at}.example`, endpoints, sticky: { kind: "cookie", name: text } },
  ]);
  const structure = {
    ...structureOf({}),
    backends: backendsOf([...sketches, { host: "good.example", endpoints, contextRoots: ["/café", "/a~b=c!d&e@f:g"] }]),
  };

  const { left } = templateData(structure);

  assert.equal(left.length, sketches.length);
  assert.equal(left[0], "app at p0.example: one of its labels has text that a template cannot write safely");
});
