/**
 * Applications that misbehave below HTTP, for tests of timeouts.
 */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { Worker } from "node:worker_threads";

/** Something that listens on loopback. */
export interface RawServer extends AsyncDisposable {
  readonly port: number;
}

/** Hands every connection to `serve`. */
export async function startRawServer(serve: (socket: Socket) => void): Promise<RawServer> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => {});
    serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/**
 * A port at which nobody takes a connection: once its queue is full, the kernel leaves further ones unanswered.
 * Why a thread: the server must stand still, and Node takes connections whenever it can.
 */
export async function startDeafServer(): Promise<RawServer> {
  const thread = new Worker(deaf, { eval: true });
  const [port] = (await once(thread, "message")) as [number];
  // Two fill the queue.
  const waiting = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
  await Promise.all(waiting.map((socket) => once(socket, "connect")));
  for (const socket of waiting) socket.on("error", () => {});
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of waiting) socket.destroy();
      await thread.terminate();
    },
  };
}

const deaf = `
const { parentPort } = require("node:worker_threads");
const server = require("node:net").createServer();
server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  // The message leaves with the next turn; after that this thread never takes another one.
  setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
});
`;
