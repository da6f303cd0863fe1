import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import type { Endpoint } from "../model/desired.ts";
import { isInterlockError } from "../model/errors.ts";
import { upstreamName, type UpstreamName } from "../model/names.ts";
import { Control } from "./control.ts";
import { bodies, FastRoad } from "./fast-road.ts";
import type { Tables } from "./tables.ts";

/** A control socket that answers POST /tables as told, and keeps the bodies. */
async function controlServer(
  answer: (body: string) => readonly [status: number, body: string],
): Promise<AsyncDisposable & { readonly control: Control; readonly heard: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "interlock-control-"));
  const heard: string[] = [];
  async function hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
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
  return { routes: new Map(), endpoints: new Map(entries) };
}

const value = '[["10.0.0.1",80]]';

test("only what differs is told, nothing when nothing does", async () => {
  await using server = await controlServer(() => [204, ""]);
  const fast = new FastRoad(server.control);

  assert.equal(fast.complete, false);
  await fast.bring(tables("a", "b"));
  await fast.bring(tables("a", "b"));
  assert.deepEqual(await fast.bring(tables("b", "c")), { set: 1, deleted: 1 });

  assert.equal(fast.complete, true);
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
    fast.bring(tables("a", "b")),
    (error) => isInterlockError(error, "NGINX_REFUSED") && error.message === "nginx has no room for u:b",
  );
  assert.equal(fast.complete, false);
  full = false;
  await fast.bring(tables("a"));

  assert.deepEqual(server.heard.slice(1), [`{"set":[["u:a",${value}]],"delete":[]}`, `{"set":[],"delete":["u:b"]}`]);
});

test("an nginx that started anew is told everything, also when it started during the call before", async () => {
  const lost: { fast?: FastRoad } = {};
  await using server = await controlServer(() => {
    lost.fast?.lost();
    return [204, ""];
  });
  const fast = new FastRoad(server.control);
  await fast.bring(tables("a"));
  lost.fast = fast;

  await fast.bring(tables("a", "b"));
  assert.equal(fast.complete, false);
  delete lost.fast;
  await fast.bring(tables("a", "b"));

  assert.equal(server.heard.at(-1), `{"set":[["u:a",${value}],["u:b",${value}]],"delete":[]}`);
  assert.equal(fast.complete, true);
});

test("no socket is an nginx that failed", async () => {
  const fast = new FastRoad(new Control("/nonexistent/control.sock"));

  await assert.rejects(fast.bring(tables("a")), (error) => isInterlockError(error, "NGINX_FAILED"));
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
