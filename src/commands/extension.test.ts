/**
 * An extension and a core of a few lines, over real gRPC on loopback.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createClient } from "@connectrpc/connect";
import { pino } from "pino";
import { backendsOf } from "../../test/behaviour/template-nginx.ts";
import { structureOf } from "../../test/golden/structure.ts";
import type { Structure } from "../model/desired.ts";
import { InterlockError } from "../model/errors.ts";
import { routesBetween, type RoutesChange } from "../model/routes-change.ts";
import { coreTransport } from "../rpc/client.ts";
import { render } from "../render/render.ts";
import {
  ExtensionService,
  type FollowStructureResponse,
  type ReturnBundleRequest,
} from "../rpc/gen/interlock/v1/extension_pb.ts";
import { serve } from "../rpc/server.ts";
import { structureToWire } from "../rpc/translate.ts";
import { findRenderer } from "./extension-renderer.ts";
import { follow, rendered } from "./extension.ts";

const backends = backendsOf([{ host: "a.example", endpoints: [{ address: "10.0.0.1", port: 80 }] }]);
const structure = structureOf({ routes: [{ host: "a.example", upstream: "a" }] });

/** What an extension asks for and returns when core has one structure for it; `template` is the file's content, absent for no file. */
async function rendering(
  template: string | undefined,
  asked: Structure,
): Promise<{ readonly template: boolean; readonly returned: ReturnBundleRequest; readonly logged: string }> {
  const folder = mkdtempSync(join(tmpdir(), "interlock-extension-"));
  const path = join(folder, "extension-template.conf");
  if (template === "a folder") mkdirSync(path);
  else if (template !== undefined) writeFileSync(path, template);
  const end = new AbortController();
  const result = Promise.withResolvers<ReturnBundleRequest>();
  let wanted = false;
  const server = await serve("127.0.0.1", 0, (router) => {
    router.service(ExtensionService, {
      async *followStructure(request) {
        wanted = request.template;
        yield {};
        yield { ...structureToWire(asked), version: 3n };
      },
      returnBundle(request) {
        result.resolve(request);
        end.abort();
        return {};
      },
    });
  });
  try {
    let logged = "";
    const log = pino({}, { write: (line: string) => (logged += line) });
    const client = createClient(ExtensionService, coreTransport(`127.0.0.1:${server.port}`));
    await follow(client, await findRenderer(path, log), log, end.signal);
    return { template: wanted, returned: await result.promise, logged };
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

test("without a template, core is not asked for backends, and our renderer answers", async () => {
  const { template, returned } = await rendering(undefined, structure);

  assert.equal(template, false);
  assert.equal(returned.version, 3n);
  assert.equal(returned.failure, "");
  assert.match(returned.nginxConf, /rendered by Interlock/);
  assert.deepEqual(
    returned.routes.map(({ host }) => host),
    ["a.example"],
  );
});

test("what core tells as a change is returned as one, unless the bundle before could not be rendered", () => {
  const told = (since: bigint, routes: Structure["routes"], change?: RoutesChange): FollowStructureResponse => {
    const message = structureToWire({ ...structure, routes }, change && { ...change, since: Number(since) });
    return { ...message, version: since + 1n };
  };
  const other = structureOf({ routes: ["a.example", "b.example"].map((host) => ({ host, upstream: "a" })) }).routes;
  const renderer = { template: false, render };
  const broken = {
    ...renderer,
    render: () => {
      throw new InterlockError("CONFIG_INVALID", "no");
    },
  };
  const change = told(1n, other, routesBetween(structure.routes, other));

  const first = rendered(renderer, told(0n, structure.routes), undefined);
  const second = rendered(renderer, change, first.told);
  const failed = rendered(broken, told(0n, structure.routes), undefined);
  const anew = rendered(renderer, change, failed.told);

  const hosts = (request: ReturnBundleRequest): string[] => request.routes.map(({ host }) => host);
  assert.deepEqual([first.returned.since, hosts(first.returned)], [0n, ["a.example"]]);
  assert.deepEqual([second.returned.since, hosts(second.returned)], [1n, ["b.example"]]);
  assert.deepEqual([failed.returned.failure, anew.returned.since], ["no", 0n]);
  assert.deepEqual(hosts(anew.returned), ["a.example", "b.example"]);
});

test("with a template, core is asked for backends, the template's file is returned, and no route", async () => {
  const file = "events {}\nhttp {\n{{ range $host, $_ := .Hosts }}server { server_name {{ $host }}; }\n{{ end }}}\n";

  const { template, returned, logged } = await rendering(file, { ...structure, backends });

  assert.equal(template, true);
  assert.equal(returned.failure, "");
  assert.match(returned.nginxConf, /server \{ server_name a\.example; \}/);
  assert.equal(returned.routes.length, 0);
  assert.match(logged, /A template renders; every change of hosts and endpoints is a reload/);
});

test("a template that is wrong renders nothing; core is told the line and the words", async () => {
  for (const [file, failure] of [
    ["http {\n{{ nosuchfunction .Hosts }}\n}\n", /^line 2 of the template, \{\{ nosuchfunction \.Hosts \}\}: /],
    ["http {\n\n{{ .Host }}\n}\n", /^line 3 of the template, \.Host: .* did you mean Hosts\?$/],
    ["http {\n", /^line 1 of what the template made, http: its \{ is never closed$/],
    ["a folder", /^the template \S+ cannot be read: EISDIR/],
  ] as const) {
    const { template, returned } = await rendering(file, { ...structure, backends });

    assert.deepEqual([template, returned.version, returned.nginxConf], [true, 3n, ""]);
    assert.match(returned.failure, failure);
  }
});

test("a core that sends no backends for a template is told so", async () => {
  const { returned } = await rendering("http {}", structure);

  assert.match(returned.failure, /core sent nothing to fill the template with/);
});

test("a backend that is left out is logged with its reason", async () => {
  const unsafe = backendsOf([
    { host: "b.example", endpoints: [{ address: "10.0.0.1", port: 80 }], contextRoots: ["/a;b"] },
  ]);

  const { returned, logged } = await rendering("http {}", { ...structure, backends: unsafe });

  assert.equal(returned.failure, "");
  assert.match(logged, /app at b\.example: one of its labels has text that a template cannot write safely/);
});
