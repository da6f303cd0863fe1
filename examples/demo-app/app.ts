/**
 * The demo app: a web page that says who answered, for people who try out routing. No dependencies.
 *
 * `/` a page, `/ping` the same as JSON, `/ws` a WebSocket that echoes, `/slow?ms=` an answer after a while, `/echo` says what was posted
 * and how often, `/trickle?ms=&every=` a long download, `/health` for health checks.
 * Environment: PORT (8080), VERSION, TITLE, METADATA, NODE_HOSTNAME (in a service: `{{.Node.Hostname}}`); TLS_CERT and TLS_KEY (paths
 * of PEM files) make it speak TLS by itself; RECORD (a folder) keeps the ids of what was posted to `/echo`.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { readBody, record, trickle } from "./long.ts";
import { page, type Self } from "./page.ts";
import { acceptEcho, closeSockets } from "./websocket.ts";

const self: Self = {
  instance: hostname(),
  node: process.env["NODE_HOSTNAME"] ?? "unknown",
  version: process.env["VERSION"] ?? "dev",
  title: process.env["TITLE"] ?? "Demo",
  metadata: process.env["METADATA"] ?? "",
};
const mostSlowMs = 7_200_000;

const answer = (request: IncomingMessage, response: ServerResponse): void => {
  respond(request, response).catch((error: unknown) => {
    console.error(error);
    response.destroy();
  });
};
const { TLS_CERT: certPath, TLS_KEY: keyPath } = process.env;
const server =
  certPath === undefined || keyPath === undefined
    ? createServer(answer)
    : createTlsServer({ cert: readFileSync(certPath), key: readFileSync(keyPath) }, answer);
server.on("upgrade", (request, socket) => {
  if (new URL(request.url ?? "/", "http://demo").pathname === "/ws") acceptEcho(request, socket, self.instance);
  else socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n");
});

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://demo");
  const given = request.headers["x-request-id"];
  const requestId = typeof given === "string" ? given : randomUUID();
  response.setHeader("x-instance", self.instance);
  response.setHeader("cache-control", "no-store");
  switch (url.pathname) {
    case "/ping":
      json(response, { ...self, request_id: requestId });
      return;
    case "/slow": {
      const ms = milliseconds(url, "ms", 1000);
      await delay(ms);
      json(response, { instance: self.instance, metadata: self.metadata, slept: ms, request_id: requestId });
      return;
    }
    case "/echo": {
      const { bytes, text } = await readBody(request);
      const times = record(self.instance, requestId);
      json(response, { ...self, request_id: requestId, method: request.method, times, bytes, text });
      return;
    }
    case "/trickle":
      await trickle(response, milliseconds(url, "ms", 10_000), milliseconds(url, "every", 500));
      return;
    case "/health":
      send(response, "text/plain", "ok\n");
      return;
    default: {
      // Any path, so that path routing and rewriting can be watched.
      const headers = pairs(request.rawHeaders);
      const seen = {
        method: request.method ?? "",
        path: request.url ?? "",
        from: request.socket.remoteAddress ?? "",
        requestId,
      };
      send(response, "text/html; charset=utf-8", page(self, seen, headers));
    }
  }
}

/** A duration the client asks for, within bounds. */
function milliseconds(url: URL, name: string, otherwise: number): number {
  const wanted = Number(url.searchParams.get(name) ?? otherwise);
  return Math.min(Math.max(Number.isFinite(wanted) ? wanted : 0, 0), mostSlowMs);
}

function json(response: ServerResponse, body: object): void {
  send(response, "application/json", `${JSON.stringify(body)}\n`);
}

function send(response: ServerResponse, type: string, body: string): void {
  // While stopping, every answer is the last on its connection, so that no client sends one more into a closing socket.
  // Asked here and not when the request came: it may have been under way for long.
  if (stopping) response.setHeader("connection", "close");
  response.writeHead(200, { "content-type": type }).end(body);
}

function pairs(raw: readonly string[]): readonly (readonly [string, string])[] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ""] as const] : []));
}

let stopping = false;

/** Stops accepting, finishes what is under way, tells WebSockets that we go (1001), then the process ends by itself. */
function stop(): void {
  if (stopping) return;
  stopping = true;
  server.close(() => process.exit(0));
  server.closeIdleConnections();
  closeSockets();
}

process.on("SIGTERM", stop);
process.on("SIGINT", stop);
server.keepAliveTimeout = 75_000; // longer than a proxy keeps its side open: the proxy decides when a connection ends
server.listen(Number(process.env["PORT"] ?? 8080), () => {
  console.log(`${self.title} ${self.version} on ${self.node}: ${self.instance} listens`);
});
