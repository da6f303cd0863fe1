/**
 * A Docker Engine that can be made to misbehave: a proxy in front of a real engine's socket, with faults that are switched while it runs.
 */
import { mkdir, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { dirname } from "node:path";
import type { Duplex } from "node:stream";

/** A list of the Engine API, as its path names it. */
export type EngineList = "services" | "tasks" | "networks" | "nodes" | "configs" | "secrets";

/**
 * How the engine misbehaves. `lists` limits a fault to those lists; absent: everything that is asked (of `empty` and `truncated`: every list).
 *
 * `silent` takes the question and never answers · `error` answers 500 · `truncated` ends the connection in the middle of the body ·
 * `empty` answers `[]` · `slow` answers late · `away` ends every connection, old and new, without a byte, as while the engine restarts.
 */
export type EngineFault =
  | { readonly kind: "none" }
  | { readonly kind: "silent"; readonly lists?: readonly EngineList[] }
  | { readonly kind: "error"; readonly lists?: readonly EngineList[] }
  | { readonly kind: "truncated"; readonly lists?: readonly EngineList[] }
  | { readonly kind: "empty"; readonly lists?: readonly EngineList[] }
  | { readonly kind: "slow"; readonly delayMs: number; readonly lists?: readonly EngineList[] }
  | { readonly kind: "away" };

/** A proxy that runs; it ends when disposed, and everything through it. */
export interface EngineProxy extends AsyncDisposable {
  /** Its socket: an engine to whoever connects. */
  readonly path: string;
  /** From now on it misbehaves so. Answers under way go on as they began; streams stay open (but for `away`). */
  become(fault: EngineFault): void;
  /** How many questions met the present fault: a test that counts none has caused nothing. */
  met(): number;
}

const everyList: readonly EngineList[] = ["services", "tasks", "networks", "nodes", "configs", "secrets"];

/**
 * Starts one. The folder of `path` is made; what is there under that name is replaced.
 *
 * Why the socket's file stays through `away`: a container that has it mounted holds the file, not the name.
 */
export async function engineProxy(engineSocket: string, path: string): Promise<EngineProxy> {
  let fault: EngineFault = { kind: "none" };
  let met = 0;
  const sockets = new Set<Duplex>();
  const remember = (socket: Duplex): void => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  };

  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (asked, answer) => {
    const list = listOf(asked);
    if (!concerns(fault, list)) return forward(engineSocket, asked, answer);
    met += 1;
    switch (fault.kind) {
      case "silent":
        asked.resume();
        return;
      case "error":
        asked.resume();
        answer.writeHead(500, { "content-type": "application/json" });
        answer.end('{"message":"rpc error: code = Unknown desc = a fault of the test"}\n');
        return;
      case "empty":
        asked.resume();
        answer.writeHead(200, { "content-type": "application/json" });
        answer.end("[]\n");
        return;
      case "slow":
        setTimeout(() => forward(engineSocket, asked, answer), fault.delayMs);
        return;
      case "truncated":
        forward(engineSocket, asked, answer, "half");
        return;
      case "away":
      case "none":
        asked.socket.destroy();
    }
  });
  server.on("connection", (socket) => {
    remember(socket);
    if (fault.kind !== "away") return;
    met += 1;
    socket.destroy();
  });
  // A hijacked connection (attach, exec): from the question on, bytes are bytes.
  server.on("upgrade", (asked: IncomingMessage, near: Duplex, first: Buffer) => {
    const far = connect(engineSocket);
    remember(far);
    far.write(`${asked.method} ${asked.url} HTTP/1.1\r\n${headerLines(asked.rawHeaders)}\r\n`);
    far.write(first);
    join(near, far);
  });
  server.on("clientError", (_, socket) => socket.destroy());

  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(path, resolve));
  return {
    path,
    become: (next) => {
      fault = next;
      met = 0;
      if (next.kind === "away") for (const socket of sockets) socket.destroy();
    },
    met: () => met,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      await rm(path, { force: true });
    },
  };
}

/** The list a request is for: `GET /v1.41/tasks?…`; undefined for everything else, one task (`/tasks/ID`) among it. */
function listOf(asked: IncomingMessage): EngineList | undefined {
  const path = (asked.url ?? "").split("?", 1)[0]?.replace(/^\/v\d+\.\d+/, "");
  return asked.method === "GET" ? everyList.find((list) => path === `/${list}`) : undefined;
}

function concerns(fault: EngineFault, list: EngineList | undefined): boolean {
  if (fault.kind === "none") return false;
  if (fault.kind === "away") return true;
  if (fault.lists !== undefined) return list !== undefined && fault.lists.includes(list);
  return list !== undefined || (fault.kind !== "empty" && fault.kind !== "truncated");
}

/** Passes a question on and its answer back, headers and body as they are; `half`: the answer ends in the middle of its body. */
function forward(
  engineSocket: string,
  asked: IncomingMessage,
  answer: ServerResponse,
  how: "whole" | "half" = "whole",
) {
  const far = request({
    socketPath: engineSocket,
    method: asked.method,
    path: asked.url,
    headers: asked.rawHeaders,
    agent: false,
  });
  far.on("response", (response) => {
    answer.writeHead(response.statusCode ?? 502, response.statusMessage, response.rawHeaders);
    answer.flushHeaders();
    if (how === "half") void endHalfway(response, answer);
    else response.pipe(answer);
    response.on("error", () => answer.destroy());
  });
  far.on("error", () => asked.socket.destroy());
  // Whoever gives up here gives up there: an engine keeps an event stream open for as long as somebody listens.
  answer.on("close", () => far.destroy());
  asked.pipe(far);
}

async function endHalfway(response: IncomingMessage, answer: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  answer.write(body.subarray(0, Math.ceil(body.length / 2)), () => answer.socket?.destroySoon());
}

function join(near: Duplex, far: Socket): void {
  // Each direction ends by itself: closing its input is how an attached client says that it is done.
  near.pipe(far);
  far.pipe(near);
  near.on("close", () => far.destroy());
  far.on("close", () => near.destroy());
}

/** Names and values by turns, as Node has them, as lines again. */
function headerLines(raw: readonly string[]): string {
  return raw.map((word, at) => (at % 2 === 0 ? `${word}: ` : `${word}\r\n`)).join("");
}
