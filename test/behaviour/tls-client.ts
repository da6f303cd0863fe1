/**
 * Clients for tests that speak TLS. They trust everybody: what was shown to them is theirs to tell.
 */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import type { Answer, Ask } from "./client.ts";

/** How a client greets; everything has a plain default. */
export interface Greeting extends Pick<
  ConnectionOptions,
  "minVersion" | "maxVersion" | "ciphers" | "session" | "ALPNProtocols" | "cert" | "key"
> {
  /** The name it asks for (SNI); empty for none. */
  readonly sni?: string;
  /** The address it comes from. */
  readonly localAddress?: string;
}

/** What a client learned from a handshake. */
export interface Handshake {
  /** Common name of the certificate it was shown. */
  readonly name: string;
  /** That certificate's bytes. */
  readonly certificate: Buffer;
  readonly version: string | null;
  readonly cipher: string;
  /** The protocol agreed on, e.g. `h2`; `false` for none. */
  readonly protocol: string | false | null;
  readonly resumed: boolean;
}

/** How clients say that nginx refused a handshake: without a certificate for the name, and for a name that is not its own. */
export const noCertificate = "ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE";
export const unrecognizedName = "ERR_SSL_TLSV1_UNRECOGNIZED_NAME";

/** Connects and shakes hands. Fails when the other side refuses. */
export async function greet(port: number, { sni, ...options }: Greeting = {}): Promise<TLSSocket> {
  const socket = connect({
    host: "127.0.0.1",
    port,
    servername: sni ?? "app.example",
    rejectUnauthorized: false,
    ...options,
  });
  await once(socket, "secureConnect");
  // What goes wrong later shows in what is read.
  socket.on("error", () => {});
  return socket;
}

/** Shakes hands and leaves. Fails when the other side refuses. */
export async function shakeHands(port: number, greeting: Greeting = {}): Promise<Handshake> {
  const socket = await greet(port, greeting);
  const handshake = learned(socket);
  socket.destroy();
  return handshake;
}

/** The name on the certificate that is shown to a client, or the code of what went wrong. */
export async function shown(port: number, sni: string, greeting: Greeting = {}): Promise<string> {
  try {
    return (await shakeHands(port, { sni, ...greeting })).name;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

/** What a client learned on an open connection. */
export function learned(socket: TLSSocket): Handshake {
  const { raw, subject } = socket.getPeerCertificate();
  return {
    name: String(subject?.CN),
    certificate: raw,
    version: socket.getProtocol(),
    cipher: socket.getCipher().standardName,
    protocol: socket.alpnProtocol,
    resumed: socket.isSessionReused(),
  };
}

/** Asks over TLS with HTTP/1.1, on a connection of its own. The name in SNI is that of Host unless given. */
export async function askTls(port: number, what: Ask = {}, greeting: Greeting = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = request(options(port, what, greeting), (incoming) => {
    let text = "";
    incoming.setEncoding("latin1");
    incoming.on("data", (chunk: string) => (text += chunk));
    incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text }));
    incoming.on("error", reject);
  });
  outgoing.on("error", reject);
  outgoing.end(what.body);
  return promise;
}

/** A WebSocket over TLS. Source: RFC 6455 §5.2; short messages only, with a mask that changes nothing. */
export async function openWebSocket(
  port: number,
  what: Ask,
): Promise<{
  /** Sends a message and returns the one that comes back. */
  readonly echo: (text: string) => Promise<string>;
  readonly close: () => void;
}> {
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
  };
  const outgoing = request(options(port, { ...what, headers }, {})).end();
  const [, socket] = (await once(outgoing, "upgrade")) as [IncomingMessage, TLSSocket];
  socket.on("error", () => {});
  return {
    echo: async (text) => {
      const answer = once(socket, "data");
      const payload = Buffer.from(text);
      socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]));
      const [frame] = (await answer) as [Buffer];
      return frame.subarray(2).toString();
    },
    close: () => socket.destroy(),
  };
}

function options(port: number, { host, path, method, headers }: Ask, { sni, ...greeting }: Greeting): object {
  return {
    host: "127.0.0.1",
    port,
    path: path ?? "/",
    method: method ?? "GET",
    headers: { host: host ?? "app.example", ...headers },
    servername: sni ?? host ?? "app.example",
    rejectUnauthorized: false,
    agent: false,
    ...greeting,
  };
}
