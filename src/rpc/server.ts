/**
 * Core's listener: HTTP/2 without TLS on the control network (mutual TLS belongs here when it comes).
 */
import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import { createContextKey, createContextValues, type ConnectRouter, type ContextKey } from "@connectrpc/connect";
import { connectNodeAdapter, type ConnectNodeAdapterOptions } from "@connectrpc/connect-node";
import type { Introduction } from "../model/caller.ts";
import { InterlockError } from "../model/errors.ts";
import { introductionHeaders } from "./introduce.ts";

/** Where a call comes from and what the caller says of itself. Handlers read it from `context.values`. */
export const introduction: ContextKey<Introduction> = createContextKey<Introduction>(
  { address: "" },
  { description: "introduction of the caller" },
);

/** A request as the adapter hands it out. */
type IncomingRequest = Parameters<NonNullable<ConnectNodeAdapterOptions["contextValues"]>>[0];

/** A running listener. */
export interface RpcServer {
  readonly port: number;
  /** Ends every stream and stops listening. */
  close(): Promise<void>;
}

/**
 * Listens and serves the given services.
 *
 * Fails: CONFIG_INVALID when the address cannot be listened on.
 */
export async function serve(host: string, port: number, routes: (router: ConnectRouter) => void): Promise<RpcServer> {
  const sessions = new Set<ServerHttp2Session>();
  const server: Http2Server = createServer(
    {},
    connectNodeAdapter({
      routes,
      contextValues: (request) => createContextValues().set(introduction, introductionOf(request)),
    }),
  );
  server.on("session", (session) => {
    sessions.add(session);
    const end = watchPulse(session);
    session.once("close", () => {
      end();
      sessions.delete(session);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(unlistenable(host, port, cause)));
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Streams are endless: nothing would ever close by itself.
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}

function introductionOf({ socket, headers }: IncomingRequest): Introduction {
  const said = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === "string" ? value : undefined;
  };
  return {
    address: (socket.remoteAddress ?? "").replace(/^::ffff:/, ""),
    token: said(introductionHeaders.token),
    task: said(introductionHeaders.task),
    node: said(introductionHeaders.node),
  };
}

function unlistenable(host: string, port: number, cause: Error): InterlockError {
  const sentence = `ListenAddr: cannot listen on ${host}:${port} (${cause.message}); choose an address of core's own container, e.g. ":8080"`;
  return new InterlockError("CONFIG_INVALID", sentence, { cause });
}

/** How often a connection is asked whether anybody is there; it has as long again to answer. */
const pulseMs = 5_000;

/**
 * Ends a connection whose other end is gone without a word (node lost, network cut), with every stream on it.
 *
 * Why: TCP alone keeps such a connection for a quarter of an hour, and a proxy that is not there would be shown as current.
 */
function watchPulse(session: ServerHttp2Session): () => void {
  let answered = true;
  const timer = setInterval(() => {
    if (!answered) {
      session.destroy();
      return;
    }
    answered = false;
    session.ping((error) => {
      if (error === null) answered = true;
    });
  }, pulseMs);
  return () => clearInterval(timer);
}
