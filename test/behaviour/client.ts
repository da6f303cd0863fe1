/**
 * Clients for tests: one that says any Host, and one that says any bytes.
 */
import { once } from "node:events";
import { Agent, request, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import type { Seen } from "./upstream.ts";

/** A response, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What to ask; everything has a plain default. */
export interface Ask {
  readonly host?: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Connections to keep; without one, each request has its own. */
  readonly agent?: Agent;
}

/** Asks nginx on loopback. Fails when the connection does. */
export async function ask(port: number, { host, path, method, headers, body, agent }: Ask = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = request(
    {
      host: "127.0.0.1",
      port,
      path: path ?? "/",
      method: method ?? "GET",
      headers: { host: host ?? "app.example", ...headers },
      agent: agent ?? false,
    },
    (incoming) => {
      let text = "";
      incoming.setEncoding("latin1");
      incoming.on("data", (chunk: string) => (text += chunk));
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text }));
      incoming.on("error", reject);
    },
  );
  outgoing.on("error", reject);
  outgoing.end(body);
  return promise;
}

/** Asks, and reads what the application saw. */
export async function askApp(port: number, what: Ask = {}): Promise<Seen> {
  const { body } = await ask(port, what);
  return JSON.parse(body) as Seen;
}

/** Sends bytes and returns everything that comes back until nginx closes. */
export async function say(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => (answer += chunk));
  socket.on("error", () => {});
  socket.write(text, "latin1");
  await once(socket, "close");
  return answer;
}
