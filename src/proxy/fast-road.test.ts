import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import type { Certificate, Endpoint } from "../model/desired.ts";
import { isInterlockError } from "../model/errors.ts";
import { parseHostName, upstreamName, type HostName, type UpstreamName } from "../model/names.ts";
import { Control } from "./control.ts";
import { bodies, FastRoad } from "./fast-road.ts";
import type { Tables } from "./tables.ts";

const whole = ["routes", "certificates"] as const;

/** A control socket that answers POST /tables as told, and keeps the bodies; apart from them, what it was told is ready. */
async function controlServer(
  answer: (body: string) => readonly [status: number, body: string],
): Promise<AsyncDisposable & { readonly control: Control; readonly heard: string[]; readonly ready: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "interlock-control-"));
  const heard: string[] = [];
  const ready: string[] = [];
  async function hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (body.startsWith('{"ready"')) {
      ready.push(body);
      response.writeHead(204).end();
      return;
    }
    heard.push(body);
    const [status, words] = answer(body);
    response.writeHead(status).end(words);
  }
  const server = createServer((request, response) => void hear(request, response));
  server.listen(join(folder, "control.sock"));
  await once(server, "listening");
  return {
    control: new Control(join(folder, "control.sock")),
    heard,
    ready,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}

function tables(...names: string[]): Tables {
  const entries = names.map((name): [UpstreamName, Endpoint[]] => [
    upstreamName([name]),
    [{ address: "10.0.0.1", port: 80 }],
  ]);
  return { routes: new Map(), endpoints: new Map(entries), names: new Map(), certificates: new Map() };
}

/** Tables with a certificate per host, made of one word each. */
function certified(words: Readonly<Record<string, string>>, base: Tables = tables()): Tables {
  const certificates = Object.entries(words).map(([name, word]): [HostName, Certificate] => {
    const host = parseHostName(name);
    assert.ok(host !== undefined);
    return [host, { certificatePem: word, keyPem: "key" }];
  });
  return { ...base, certificates: new Map(certificates) };
}

/** How a body tells one certificate. */
function told(name: string, word: string): string {
  return `["c:${name}",{"certificate":"${word}","key":"key"}]`;
}

const value = '[["10.0.0.1",80]]';

test("only what differs is told, nothing when nothing does", async () => {
  await using server = await controlServer(() => [204, ""]);
  const fast = new FastRoad(server.control);

  assert.deepEqual(fast.ready, new Set());
  await fast.bring(tables("a", "b"), whole);
  await fast.bring(tables("a", "b"), whole);
  assert.deepEqual(await fast.bring(tables("b", "c"), whole), { set: 1, deleted: 1 });

  assert.deepEqual(fast.ready, new Set(whole));
  assert.deepEqual(server.heard, [
    `{"set":[["u:a",${value}],["u:b",${value}]],"delete":[]}`,
    `{"set":[["u:c",${value}]],"delete":[]}`,
    `{"set":[],"delete":["u:a"]}`,
  ]);
});

test("after a failure, everything that is unsure is told again, also what is no longer wanted", async () => {
  let full = true;
  await using server = await controlServer(() => (full ? [507, "u:b"] : [204, ""]));
  const fast = new FastRoad(server.control);

  await assert.rejects(
    fast.bring(tables("a", "b"), whole),
    (error) => isInterlockError(error, "NGINX_REFUSED") && error.message === "nginx has no room for u:b",
  );
  assert.deepEqual(fast.ready, new Set());
  full = false;
  await fast.bring(tables("a"), whole);

  assert.deepEqual(server.heard.slice(1), [`{"set":[["u:a",${value}]],"delete":[]}`, `{"set":[],"delete":["u:b"]}`]);
});

test("an nginx that started anew is told everything, also when it started during the call before", async () => {
  const lost: { fast?: FastRoad } = {};
  await using server = await controlServer(() => {
    lost.fast?.lost();
    return [204, ""];
  });
  const fast = new FastRoad(server.control);
  await fast.bring(tables("a"), whole);
  lost.fast = fast;

  await fast.bring(tables("a", "b"), whole);
  assert.deepEqual(fast.ready, new Set());
  delete lost.fast;
  await fast.bring(tables("a", "b"), whole);

  assert.equal(server.heard.at(-1), `{"set":[["u:a",${value}],["u:b",${value}]],"delete":[]}`);
  assert.deepEqual(fast.ready, new Set(whole));
});

test("nginx is told once what is whole, after the tables, and again when it started anew", async () => {
  await using server = await controlServer(() => [204, ""]);
  const fast = new FastRoad(server.control);
  const heardBefore = (): string => `${server.heard.length}: ${server.ready.at(-1) ?? ""}`;

  const told = [];
  for (const parts of [["routes"], ["routes"], whole, whole] as const) {
    await fast.bring(tables("a"), parts);
    told.push(heardBefore());
  }
  const before = server.ready.length;
  fast.lost();
  await fast.bring(tables("a"), whole);

  assert.deepEqual(told, [
    '1: {"ready":["routes"]}',
    '1: {"ready":["routes"]}',
    '1: {"ready":["certificates"]}',
    '1: {"ready":["certificates"]}',
  ]);
  assert.equal(before, 2);
  assert.deepEqual(server.ready.slice(before), ['{"ready":["routes","certificates"]}']);
});

test("tables that do not fit are not called whole", async () => {
  await using server = await controlServer(() => [507, "u:a"]);
  const fast = new FastRoad(server.control);

  await assert.rejects(fast.bring(tables("a"), whole));

  assert.deepEqual([server.ready, fast.ready], [[], new Set()]);
});

test("certificates are told before routes and endpoints, removed after them, and not told again", async () => {
  await using server = await controlServer(() => [204, ""]);
  const fast = new FastRoad(server.control);

  await fast.bring(certified({ "a.example": "red", "b.example": "blue" }, tables("a")), whole);
  await fast.bring(certified({ "b.example": "blue" }, tables("b")), whole);

  assert.deepEqual(server.heard, [
    `{"set":[${told("a.example", "red")},${told("b.example", "blue")}],"delete":[]}`,
    `{"set":[["u:a",${value}]],"delete":[]}`,
    `{"set":[["u:b",${value}]],"delete":[]}`,
    `{"set":[],"delete":["u:a"]}`,
    `{"set":[],"delete":["c:a.example"]}`,
  ]);
});

test("a certificate nginx refuses costs its own host only, and its host keeps the one it had", async () => {
  await using server = await controlServer((body) => (body.includes('"bad"') ? [400, "c:bad.example"] : [204, ""]));
  const fast = new FastRoad(server.control);
  await fast.bring(certified({ "bad.example": "good" }), whole);
  const before = server.heard.length;

  const want = certified({ "a.example": "red", "bad.example": "bad", "new.example": "bad" }, tables("a"));
  const changed = await fast.bring(want, whole);

  assert.deepEqual(changed, { set: 2, deleted: 0 });
  assert.deepEqual(fast.refused, ["bad.example", "new.example"]);
  assert.deepEqual(fast.ready, new Set(whole));
  assert.deepEqual(
    [...fast.held.certificates].map(([host, { certificatePem }]) => [host, certificatePem]),
    [
      ["a.example", "red"],
      ["bad.example", "good"],
    ],
  );
  assert.deepEqual(server.heard.slice(before + 1), [
    `{"set":[${told("a.example", "red")}],"delete":[]}`,
    `{"set":[${told("bad.example", "bad")}],"delete":[]}`,
    `{"set":[${told("new.example", "bad")}],"delete":[]}`,
    `{"set":[["u:a",${value}]],"delete":[]}`,
  ]);

  assert.deepEqual(await fast.bring(want, whole), { set: 0, deleted: 0 });
  assert.equal(server.heard.length, before + 5);
});

test("a refused certificate is told again when it changes, after a while, and to another nginx", async () => {
  let good = false;
  await using server = await controlServer(() => (good ? [204, ""] : [507, "c:a.example"]));
  let now = 0;
  const fast = new FastRoad(server.control, () => now);
  const want = certified({ "a.example": "large" });

  await fast.bring(want, whole);
  now = 20_000;
  await fast.bring(want, whole);
  assert.equal(server.heard.length, 1);
  now = 40_000;
  await fast.bring(want, whole);
  assert.equal(server.heard.length, 2);
  await fast.bring(certified({ "a.example": "larger" }), whole);
  assert.equal(server.heard.length, 3);
  good = true;
  fast.lost();
  await fast.bring(want, whole);

  assert.equal(server.heard.at(-1), `{"set":[${told("a.example", "large")}],"delete":[]}`);
  assert.deepEqual(fast.refused, []);
});

test("a certificate that is refused and then no longer wanted is no trouble", async () => {
  await using server = await controlServer((body) => (body.includes('"bad"') ? [400, "c:a.example"] : [204, ""]));
  const fast = new FastRoad(server.control);

  await fast.bring(certified({ "a.example": "bad" }), whole);
  await fast.bring(certified({}), whole);

  assert.deepEqual(fast.refused, []);
});

test("no socket is an nginx that failed", async () => {
  const fast = new FastRoad(new Control("/nonexistent/control.sock"));

  await assert.rejects(fast.bring(tables("a"), whole), (error) => isInterlockError(error, "NGINX_FAILED"));
});

test("large changes are cut into bodies, in order, each below the limit", () => {
  const set = Array.from({ length: 10 }, (_, at) => [`u:${at}`, [["10.0.0.1", 80]]] as const);

  const cut = [...bodies({ set, delete: ["u:x", "u:y"] }, 60)];

  assert.deepEqual(
    cut.flatMap((body): unknown[] => JSON.parse(body).set),
    set,
  );
  assert.equal(cut.at(-1), '{"set":[],"delete":["u:x","u:y"]}');
  assert.equal(cut.length, 6);
});
