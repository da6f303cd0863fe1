/**
 * The way to core, for extensions, proxies and the CLI.
 */
import { connect, type Socket } from "node:net";
import type { Interceptor, Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { introducing } from "./introduce.ts";
import { attemptsAt, knock } from "./knock.ts";

/**
 * A transport to core at `host:port`. The name is resolved anew for each connection.
 *
 * Pings notice a core that vanished without a word (node lost, network cut) within about eight seconds.
 */
export function coreTransport(endpoint: string, introduce: Interceptor = introducing()): Transport {
  const baseUrl = `http://${endpoint}`;
  let open = 0;
  return createGrpcTransport({
    baseUrl,
    interceptors: [introduce, knocking(new URL(baseUrl), () => open > 0)],
    pingIntervalMs: 5_000,
    pingTimeoutMs: 3_000,
    pingIdleConnection: true,
    nodeOptions: {
      createConnection: (authority) => {
        const socket = dial(authority);
        socket.once("connect", () => {
          open += 1;
          socket.once("close", () => (open -= 1));
        });
        return socket;
      },
    },
  });
}

/** Has the first call over a new connection wait until something answers at core's address; those that come meanwhile wait with it. */
function knocking(core: URL, isOpen: () => boolean): Interceptor {
  let turn: Promise<void> | undefined;
  return (next) => async (request) => {
    if (!isOpen()) {
      turn ??= knock(attemptsAt(hostOf(core), portOf(core)), request.signal).finally(() => (turn = undefined));
      await turn;
    }
    return await next(request);
  };
}

/** How long a connection may take to come about. */
const dialMs = 3_000;

/**
 * Dials with a limit. Why: a core that moved leaves an address that nobody answers; the kernel would try it for two minutes,
 * and the name would not be asked for again meanwhile.
 */
function dial(authority: URL): Socket {
  const socket = connect({ host: hostOf(authority), port: portOf(authority) });
  const timer = setTimeout(
    () => socket.destroy(new Error(`no connection to ${authority.host} within ${dialMs / 1000} s`)),
    dialMs,
  );
  const settled = (): void => clearTimeout(timer);
  socket.once("connect", settled).once("close", settled);
  return socket;
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

/** A URL does not say the port that is usual for it. */
function portOf({ port }: URL): number {
  return port === "" ? 80 : Number(port);
}
