/**
 * HTTP/2 over TLS: one connection per door and host, used until the proxy says goodbye, and now and then a new one.
 */
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { connect as connectTls } from "node:tls";
import { type Ask, NoAnswer, patienceMs, type Reply } from "./ask.ts";

/** The request was refused unprocessed: RFC 9113, 8.7, says it may be sent again, and every client does. */
export class Refused extends Error {
  override name = "Refused";
}

/** The connections. */
export class Sessions {
  readonly #ca: string | undefined;
  readonly #open = new Map<string, Connection>();
  readonly #all = new Set<ClientHttp2Session>();

  constructor(ca: string | undefined) {
    this.#ca = ca;
  }

  /** Asks on the door's connection for the host; `fresh` replaces it first, and the one before ends after its last answer. */
  async ask(ask: Ask, fresh: boolean): Promise<Reply> {
    const key = `${ask.door.address}:${ask.door.tlsPort} ${ask.target.host}`;
    let connection = this.#open.get(key);
    if (connection === undefined || fresh || connection.session.closed || connection.session.destroyed) {
      if (connection !== undefined) retire(connection);
      connection = { session: this.#connect(key, ask), under: 0, retired: false };
      this.#open.set(key, connection);
    }
    connection.under += 1;
    try {
      return await exchange(connection.session, ask);
    } finally {
      connection.under -= 1;
      if (connection.retired) retire(connection);
    }
  }

  close(): void {
    for (const session of this.#all) session.destroy();
  }

  #connect(key: string, { door, target }: Ask): ClientHttp2Session {
    const session = connect(`https://${target.host}`, {
      createConnection: () =>
        connectTls({
          host: door.address,
          port: door.tlsPort,
          servername: target.host,
          ALPNProtocols: ["h2"],
          ...(this.#ca === undefined ? {} : { ca: this.#ca }),
        }),
    });
    const forget = (): void => {
      if (this.#open.get(key)?.session === session) this.#open.delete(key);
    };
    this.#all.add(session);
    session.on("goaway", forget);
    session.on("error", forget); // each request on it fails with the same
    session.on("close", () => {
      forget();
      this.#all.delete(session);
    });
    return session;
  }
}

type Connection = { readonly session: ClientHttp2Session; under: number; retired: boolean };

/** Ends a connection when nothing is under way on it. */
function retire(connection: Connection): void {
  connection.retired = true;
  // A session that is told to close before it is connected refuses what waits for the connection.
  if (connection.under === 0) connection.session.close();
}

async function exchange(session: ClientHttp2Session, ask: Ask): Promise<Reply> {
  return await new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": ask.body === undefined ? "GET" : "POST",
      ":path": ask.path,
      "x-request-id": ask.id,
    });
    let status = 0;
    let body = "";
    let ended = false;
    const timer = setTimeout(() => {
      reject(new NoAnswer(`no answer within ${patienceMs} ms`));
      stream.close(constants.NGHTTP2_CANCEL);
    }, patienceMs);
    stream.setEncoding("utf8");
    stream.on("response", (headers) => {
      status = headers[":status"] ?? 0;
    });
    stream.on("data", (chunk: string) => (body += chunk));
    stream.on("end", () => (ended = true));
    stream.on("error", (error: NodeJS.ErrnoException) =>
      reject(unprocessed(error, stream.rstCode) ? new Refused(error.message) : error),
    );
    stream.on("close", () => {
      clearTimeout(timer);
      if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) reject(new Refused("refused"));
      else if (ended && status !== 0) resolve({ status, body });
      else reject(Object.assign(new Error(`the stream ended with code ${stream.rstCode}`), { code: "ECONNRESET" }));
    });
    stream.end(ask.body);
  });
}

/** Told so by the proxy (8.7), or not sent at all because its goodbye had come (6.8). */
function unprocessed(error: NodeJS.ErrnoException, code: number): boolean {
  return code === constants.NGHTTP2_REFUSED_STREAM || error.code === "ERR_HTTP2_GOAWAY_SESSION";
}
