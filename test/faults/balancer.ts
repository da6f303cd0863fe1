/**
 * A load balancer as sites have one before their proxies: it moves bytes, and asks each proxy how it is.
 *
 * A proxy that answers badly or not at all gets no new connections; those it has are left alone. New ones go in turn to the others.
 */
import { once } from "node:events";
import { get } from "node:http";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Door } from "./load/plan.ts";

/** A balancer at work. */
export interface Balancer extends AsyncDisposable {
  /** Where clients connect. */
  readonly door: Door;
  /** The proxies that get connections now. */
  healthy(): readonly Door[];
  close(): Promise<void>;
}

const healthPath = "/_interlock/health";
const everyMs = 500;
const patienceMs = 2_000;
const connectMs = 2_000;

/** Starts one before some proxies; resolves when each was asked once. */
export async function startBalancer(proxies: readonly Door[]): Promise<Balancer> {
  const up = new Set<Door>();
  const ask = async (): Promise<void> => {
    await Promise.all(
      proxies.map(async (proxy) => {
        if (await isUp(proxy)) up.add(proxy);
        else up.delete(proxy);
      }),
    );
  };
  await ask();
  // The next question waits for the answers to the last.
  let asking = Promise.resolve();
  const timer = setInterval(() => {
    asking = asking.then(ask);
  }, everyMs);
  const turn = inTurn(proxies, up);
  const open = new Set<Socket>();
  const servers = await Promise.all(
    (["port", "tlsPort"] as const).map((port) => listen((client) => carry(client, port, turn, up, open))),
  );
  const [port, tlsPort] = servers.map((server) => (server.address() as AddressInfo).port);
  const close = async (): Promise<void> => {
    clearInterval(timer);
    for (const server of servers) server.close();
    for (const socket of open) socket.destroy();
    await asking;
  };
  return {
    door: { address: "127.0.0.1", port: port ?? 0, tlsPort: tlsPort ?? 0 },
    healthy: () => proxies.filter((proxy) => up.has(proxy)),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The healthy ones, beginning with the one whose turn it is; all of them when none is healthy. */
function inTurn(proxies: readonly Door[], up: ReadonlySet<Door>): () => readonly Door[] {
  let next = 0;
  return () => {
    next += 1;
    const able = proxies.filter((proxy) => up.has(proxy));
    const all = able.length > 0 ? able : proxies;
    return all.map((_, index) => all[(index + next) % all.length]).filter((one) => one !== undefined);
  };
}

/** Connects a client to the first proxy that accepts, and moves bytes both ways until either side ends. */
async function carry(
  client: Socket,
  port: "port" | "tlsPort",
  turn: () => readonly Door[],
  up: Set<Door>,
  open: Set<Socket>,
): Promise<void> {
  open.add(client);
  client.on("close", () => open.delete(client));
  client.on("error", () => client.destroy());
  for (const proxy of turn()) {
    const socket = await connected(proxy.address, proxy[port]);
    if (socket === undefined) {
      up.delete(proxy);
      continue;
    }
    join(client, socket);
    return;
  }
  client.resetAndDestroy();
}

/** An end on one side is an end on the other, a reset a reset. */
function join(client: Socket, proxy: Socket): void {
  for (const [from, to] of [
    [client, proxy],
    [proxy, client],
  ] as const) {
    from.setNoDelay(true);
    from.on("error", () => to.resetAndDestroy());
    from.on("close", () => {
      // What is still on its way to the other side is delivered first.
      if (!to.writableEnded) to.end();
    });
    from.pipe(to);
  }
  if (client.destroyed) proxy.destroy();
}

async function connected(address: string, port: number): Promise<Socket | undefined> {
  const socket = connect({ host: address, port, allowHalfOpen: true });
  const timer = setTimeout(() => socket.destroy(new Error("no connection")), connectMs);
  try {
    await once(socket, "connect");
    return socket;
  } catch {
    socket.destroy();
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

async function isUp(proxy: Door): Promise<boolean> {
  return await new Promise((resolve) => {
    const asked = get({ host: proxy.address, port: proxy.port, path: healthPath, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    const timer = setTimeout(() => asked.destroy(), patienceMs);
    asked.on("error", () => resolve(false));
    asked.on("close", () => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}

async function listen(serve: (client: Socket) => Promise<void>): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (client) => void serve(client));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
