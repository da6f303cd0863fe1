import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

type App = AsyncDisposable & {
  readonly url: string;
  readonly process: ChildProcess;
  readonly ended: Promise<unknown[]>;
};

async function startApp(env: NodeJS.ProcessEnv = {}): Promise<App> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(import.meta.dirname, "app.ts")], {
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  return {
    url: `http://127.0.0.1:${port}`,
    process: child,
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

test("the page shows who answered and the headers that came, escaped", async () => {
  await using app = await startApp({ NODE_HOSTNAME: "node7", VERSION: "3", TITLE: "T&T" });
  const response = await fetch(`${app.url}/any/path`, { headers: { "x-odd": "<b>" } });
  const html = await response.text();
  assert.match(response.headers.get("content-type") ?? "", /text\/html/);
  for (const part of ["node7", "version 3", "T&amp;T", "GET /any/path", "&lt;b&gt;"])
    assert.ok(html.includes(part), part);
});

test("/ping says who answered, and keeps the request's id", async () => {
  await using app = await startApp({ METADATA: "blue" });
  const response = await fetch(`${app.url}/ping`, { headers: { "x-request-id": "r1" } });
  const body = (await response.json()) as Record<string, string>;
  assert.equal(body["metadata"], "blue");
  assert.equal(body["request_id"], "r1");
  assert.equal(response.headers.get("x-instance"), body["instance"]);
});

test("/echo says what was posted and how often, and keeps a record that outlives the app", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "demo-app-"));
  await using app = await startApp({ RECORD: folder.path });
  const post = async (): Promise<Record<string, unknown>> =>
    (await (
      await fetch(`${app.url}/echo`, { method: "POST", body: "hello", headers: { "x-request-id": "p1" } })
    ).json()) as Record<string, unknown>;

  const [first, second] = [await post(), await post()];

  assert.deepEqual([first["text"], first["bytes"], first["times"], second["times"]], ["hello", 5, 1, 2]);
  app.process.kill("SIGKILL");
  await app.ended;
  assert.equal(await readFile(join(folder.path, hostname()), "utf8"), "p1\np1\n");
});

test("/trickle goes on to its end although the app is told to stop", async () => {
  await using app = await startApp();
  const response = await fetch(`${app.url}/trickle?ms=500&every=100`);
  app.process.kill("SIGTERM");
  assert.match(await response.text(), /^1\n2\n3\n(.*\n)*end\n$/);
  assert.deepEqual(await app.ended, [0, null]);
});

test("/ws greets, echoes, and says 1001 when the app stops", async () => {
  await using app = await startApp();
  const socket = new WebSocket(`${app.url.replace("http", "ws")}/ws`);
  const messages: unknown[] = [];
  const got = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (messages.length >= count) resolve();
        else socket.addEventListener("message", look, { once: true });
      };
      look();
    });
  socket.addEventListener("message", (event) => messages.push(event.data));
  await once(socket as unknown as EventTarget, "open");
  const long = "x".repeat(40_000);
  socket.send("hello");
  socket.send(long);
  await got(3);
  assert.deepEqual(messages.slice(1), ["hello", long]);
  const closed = new Promise<number>((resolve) => socket.addEventListener("close", (event) => resolve(event.code)));
  app.process.kill("SIGTERM");
  assert.equal(await closed, 1001);
  assert.deepEqual(await app.ended, [0, null]);
});

test("SIGTERM lets a request under way finish, and refuses new connections", async () => {
  await using app = await startApp();
  const slow = fetch(`${app.url}/slow?ms=600`);
  await fetch(`${app.url}/ping`); // by now the slow request has arrived
  app.process.kill("SIGTERM");
  const refused = await new Promise<boolean>((resolve) => {
    setTimeout(() => {
      fetch(`${app.url}/ping`).then(
        () => resolve(false),
        () => resolve(true),
      );
    }, 200);
  });
  const response = await slow;
  assert.equal(response.status, 200);
  assert.equal(refused, true);
  assert.deepEqual(await app.ended, [0, null]);
});
