/**
 * The way to core, for extensions, proxies and the CLI.
 */
import { connect, type Socket } from "node:net";
import type { Interceptor, Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { introducing } from "./introduce.ts";

/**
 * A transport to core at `host:port`. The name is resolved anew for each connection.
 *
 * Pings notice a core that vanished without a word (node lost, network cut) within about eight seconds.
 */
export function coreTransport(endpoint: string, introduce: Interceptor = introducing()): Transport {
  return createGrpcTransport({
    baseUrl: `http://${endpoint}`,
    interceptors: [introduce],
    pingIntervalMs: 5_000,
    pingTimeoutMs: 3_000,
    pingIdleConnection: true,
    nodeOptions: { createConnection: dial },
  });
}

/** How long a connection may take to come about. */
const dialMs = 3_000;

/**
 * Dials with a limit. Why: a core that moved leaves an address that nobody answers; the kernel would try it for two minutes,
 * and the name would not be asked for again meanwhile.
 */
function dial(authority: URL): Socket {
  const host = authority.hostname.replace(/^\[(.*)\]$/, "$1");
  const socket = connect({ host, port: Number(authority.port) });
  const timer = setTimeout(
    () => socket.destroy(new Error(`no connection to ${authority.host} within ${dialMs / 1000} s`)),
    dialMs,
  );
  const settled = (): void => clearTimeout(timer);
  socket.once("connect", settled).once("close", settled);
  return socket;
}
