/**
 * The HTTP server of the API.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { InterlockError, sentenceOf } from "../model/errors.ts";
import type { Api } from "./api.ts";

/** Where to listen; with `tls` (PEM texts) over HTTPS. */
export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A running listener. */
export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** No body of ours is longer. */
const mostBytes = 64 * 1024;

/** Listens. Fails: USAGE when the address cannot be listened on, or certificate and key do not fit. */
export async function listen(api: Api, options: ListenerOptions): Promise<Listener> {
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    respond(api, request, response).catch(() => response.destroy());
  };
  const server = options.tls === undefined ? createServer(handle) : tlsServer(options.tls, handle);
  // A client that sends slowly holds a connection, not the house.
  server.requestTimeout = 30_000;
  server.headersTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      const where = `${options.host}:${options.port}`;
      reject(new InterlockError("USAGE", `--listen: cannot listen on ${where} (${cause.message})`, { cause }));
    });
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await closed;
    },
  };
}

function tlsServer(
  tls: { readonly cert: string; readonly key: string },
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): ReturnType<typeof createTlsServer> {
  try {
    return createTlsServer(tls, handle);
  } catch (cause) {
    throw new InterlockError("USAGE", `--tls-cert, --tls-key: ${sentenceOf(cause)}`, { cause });
  }
}

async function respond(api: Api, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  const [path = "/"] = (request.url ?? "/").split("?");
  const answered =
    body === undefined
      ? { status: 413, body: { error: `a body has at most ${mostBytes} bytes` } }
      : await api.answer({
          method: request.method ?? "GET",
          path: path.length > 1 ? path.replace(/\/$/, "") : path,
          authorization: request.headers.authorization,
          body,
        });
  const text = answered.body === undefined ? "" : `${JSON.stringify(answered.body)}\n`;
  response
    .writeHead(answered.status, {
      "content-type": "application/json",
      "cache-control": "no-store",
      ...(answered.status === 401 ? { "www-authenticate": "Bearer" } : {}),
      ...(body === undefined ? { connection: "close" } : {}),
    })
    .end(text);
}

/** The whole body; `undefined` when it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    const buffer = Buffer.from(part);
    bytes += buffer.length;
    if (bytes > mostBytes) return undefined;
    parts.push(buffer);
  }
  return Buffer.concat(parts).toString("utf8");
}
