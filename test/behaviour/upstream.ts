/**
 * An application for tests: answers every request with what it saw of it, and echoes websocket messages.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { Pair } from "./authority.ts";

/** One request as the application saw it. */
export interface Seen {
  /** Which application answered. */
  readonly name: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Counts the connections of the application from 1. */
  readonly connection: number;
  /** Over TLS only: the name the client asked for; false when it named none. */
  readonly sni?: string | false;
}

/** A running application. */
export interface Upstream extends AsyncDisposable {
  readonly port: number;
  /** Everything it was asked, oldest first. */
  readonly seen: readonly Seen[];
  /** Stops listening at once and cuts its connections; idempotent. */
  stop(): Promise<void>;
}

/** What an application does instead of echoing; returns true when it has answered (or chosen not to). */
export type Behaviour = (seen: Seen, response: ServerResponse, socket: Socket) => boolean | Promise<boolean>;

/** Starts an application on loopback; with a certificate it speaks TLS. */
export async function startUpstream(
  name: string,
  behaviour: Behaviour = () => false,
  port = 0,
  pair?: Pair,
): Promise<Upstream> {
  const seen: Seen[] = [];
  const numbers = new Map<Socket, number>();
  let connections = 0;
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void answer(request, response);
  };
  const server = pair === undefined ? createServer(listener) : createTlsServer(pair, listener);
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    request.setEncoding("latin1");
    try {
      for await (const chunk of request) body += String(chunk);
    } catch {
      return;
    }
    const one: Seen = {
      name,
      method: request.method ?? "",
      url: request.url ?? "",
      headers: request.headers as Record<string, string>,
      body,
      connection: numbers.get(request.socket) ?? 0,
      ...(request.socket instanceof TLSSocket ? { sni: request.socket.servername ?? false } : {}),
    };
    seen.push(one);
    if (await behaviour(one, response, request.socket)) return;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(one));
  }
  server.on(pair === undefined ? "connection" : "secureConnection", (socket: Socket) => {
    socket.on("error", () => {});
    numbers.set(socket, ++connections);
  });
  server.on("upgrade", (request, socket) => echoWebSocket(request, socket));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    for (const socket of numbers.keys()) socket.destroy();
    await closed;
  };
  return { port: (server.address() as AddressInfo).port, seen, stop, [Symbol.asyncDispose]: stop };
}

/** Source: RFC 6455 §1.3 for the key, §5.2 for frames; short unfragmented messages only. */
function echoWebSocket(request: IncomingMessage, socket: Duplex): void {
  const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash("sha1").update(key).digest("base64");
  socket.on("error", () => {});
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.on("data", (frame: Buffer) => {
    const length = (frame[1] ?? 0) & 0x7f;
    const mask = frame.subarray(2, 6);
    const payload = Buffer.from(frame.subarray(6, 6 + length).map((byte, at) => byte ^ (mask[at % 4] ?? 0)));
    if (((frame[0] ?? 0) & 0x0f) === 8) socket.end(Buffer.from([0x88, 0]));
    else socket.write(Buffer.concat([Buffer.from([frame[0] ?? 0, length]), payload]));
  });
}
