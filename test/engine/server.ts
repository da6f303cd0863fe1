/**
 * A simulated engine on a unix socket.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Asked, type Answer, answerTo, versions } from "./api.ts";
import { eventText } from "./events.ts";
import { filtersFrom, isWanted } from "./filters.ts";
import type { SimulatedSwarm } from "./swarm.ts";
import { Refusal } from "./words.ts";

/** What was asked so far, by method and path without ids. */
export type Traffic = Readonly<Record<string, { readonly calls: number; readonly bytes: number }>>;

/** A running engine. */
export interface SimulatedEngine extends AsyncDisposable {
  readonly traffic: Traffic;
}

/** Answers at a socket until it is disposed of. */
export async function listenAt(socketPath: string, swarm: SimulatedSwarm): Promise<SimulatedEngine> {
  const traffic: Record<string, { calls: number; bytes: number }> = {};
  const count = (asked: Asked, bytes: number): void => {
    const what = `${asked.method} /${asked.path.split("/")[1] ?? ""}`;
    const sum = (traffic[what] ??= { calls: 0, bytes: 0 });
    sum.calls += 1;
    sum.bytes += bytes;
  };
  const server = createServer((request, response) => {
    void handle(swarm, request, response, count);
  });
  // As the engine's: a connection that is kept is never closed for being idle.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, resolve);
  });
  return {
    traffic,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Streams of events are endless.
      server.closeAllConnections();
      await closed;
    },
  };
}

type Count = (asked: Asked, bytes: number) => void;

async function handle(
  swarm: SimulatedSwarm,
  request: IncomingMessage,
  response: ServerResponse,
  count: Count,
): Promise<void> {
  response.setHeader("Api-Version", versions.newest);
  response.setHeader("Server", `Docker/${versions.engine} (simulated)`);
  try {
    const asked = await askedOf(request);
    if (asked.method === "GET" && asked.path === "/events") {
      count(asked, 0);
      sendEvents(swarm, asked, response);
      return;
    }
    const answer = answerTo(swarm, asked);
    if (answer === undefined) throw new Refusal(501, `not simulated: ${asked.method} ${asked.path}`);
    count(asked, send(response, answer));
  } catch (error) {
    if (response.headersSent) return void response.destroy();
    send(response, {
      status: error instanceof Refusal ? error.status : 500,
      body: { message: String(error instanceof Error ? error.message : error) },
    });
  }
}

/** Fails: 400 for a version it does not speak, in the engine's words. */
async function askedOf(request: IncomingMessage): Promise<Asked> {
  const url = new URL(request.url ?? "/", "http://engine");
  const [, version, path] = /^\/v(\d+\.\d+)(\/.*)$/.exec(url.pathname) ?? [undefined, undefined, url.pathname];
  const minor = Number((version ?? versions.newest).split(".")[1]);
  if (minor > Number(versions.newest.split(".")[1]))
    throw new Refusal(400, `client version ${version} is too new. Maximum supported API version is ${versions.newest}`);
  if (minor < Number(versions.oldest.split(".")[1]))
    throw new Refusal(
      400,
      `client version ${version} is too old. Minimum supported API version is ${versions.oldest}, please upgrade your client to a newer version`,
    );
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return {
    method: request.method ?? "GET",
    path: path ?? "/",
    query: url.searchParams,
    body: text === "" ? {} : JSON.parse(text),
  };
}

function send(response: ServerResponse, { status, body }: Answer): number {
  const bytes =
    body === undefined
      ? Buffer.alloc(0)
      : Buffer.isBuffer(body)
        ? body
        : Buffer.from(typeof body === "string" ? body : `${JSON.stringify(body)}\n`);
  response.writeHead(status, {
    "Content-Type": typeof body === "string" ? "text/plain" : "application/json",
    ...(status === 204 ? {} : { "Content-Length": bytes.length }),
  });
  response.end(bytes);
  return bytes.length;
}

function sendEvents(swarm: SimulatedSwarm, asked: Asked, response: ServerResponse): void {
  const filters = filtersFrom(asked.query.get("filters"), [
    "type",
    "event",
    "scope",
    "service",
    "node",
    "network",
    "config",
    "secret",
    "label",
  ]);
  const since = asked.query.get("since");
  response.writeHead(200, { "Content-Type": "application/json" });
  // A stream stands when its head has come, also while nothing happens.
  response.flushHeaders();
  const leave = swarm.events.listen(
    (event) =>
      isWanted(filters, "type", event.type) &&
      isWanted(filters, "event", event.action) &&
      isWanted(filters, "scope", "swarm"),
    since === null ? undefined : nanosOf(since),
    (event) => void response.write(eventText(event)),
  );
  response.on("close", leave);
}

/** `1795397646.062557990`. */
function nanosOf(since: string): bigint {
  const [seconds = "0", fraction = ""] = since.split(".");
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0").slice(0, 9));
}
