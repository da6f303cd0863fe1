/**
 * WebSockets: an application that answers each message with one of the same length, and a client that sends the next message when the
 * answer to the last has come. Each is a process of its own.
 *
 * Why no library: every message has the same length, so that both ends need only count bytes, and are not what is measured.
 *
 * Run: node bench/data-path/websockets.ts '<WebSocketTask as JSON>'; prints a WebSocketResult as JSON. Without a task it is the application,
 * which prints its port.
 */
import { createHash } from "node:crypto";
import { createServer, request, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What to send. */
export interface WebSocketTask {
  /** On loopback, plain HTTP/1.1. */
  readonly port: number;
  /** `Host`, with the port. */
  readonly host: string;
  readonly connections: number;
  readonly seconds: number;
}

/** How it went. */
export interface WebSocketResult {
  /** Messages that were answered. */
  readonly answered: number;
  /** Connections that could not be made, or broke. */
  readonly failed: number;
  readonly seconds: number;
}

const text = 64;
/** Source: RFC 6455 §5.2. A client's frame is masked (here with zeros), a server's is not. */
const asked = Buffer.concat([Buffer.from([0x81, 0x80 | text, 0, 0, 0, 0]), Buffer.alloc(text, "x")]);
const answer = Buffer.concat([Buffer.from([0x81, text]), Buffer.alloc(text, "x")]);

/** Calls `each` with the number of whole frames of a length that have come since the last call. */
function count(socket: Socket, frame: number, each: (frames: number) => void): void {
  let bytes = 0;
  socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    const frames = Math.floor(bytes / frame);
    bytes -= frames * frame;
    if (frames > 0) each(frames);
  });
}

/** Answers at a free port on loopback until the process is ended. */
function serve(): void {
  const server = createServer((_, response) => response.writeHead(426).end());
  server.on("upgrade", ({ headers }: IncomingMessage, socket: Socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    count(socket, asked.length, (frames) => {
      for (let sent = 0; sent < frames; sent += 1) socket.write(answer);
    });
    const accept = createHash("sha1")
      .update(`${headers["sec-websocket-key"] ?? ""}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64");
    const words = ["101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
    socket.write(`HTTP/1.1 ${words.join("\r\n")}\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  });
  server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
}

async function open({ port, host }: WebSocketTask): Promise<Socket> {
  const headers = {
    host,
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
  };
  return await new Promise((resolve, reject) => {
    const asking = request({ host: "127.0.0.1", port, path: "/ws", headers, agent: false });
    asking.on("upgrade", (_, socket: Socket) => resolve(socket));
    asking.on("response", ({ statusCode }) => reject(new Error(`status ${statusCode}`)));
    asking.on("error", reject);
    asking.end();
  });
}

async function run(task: WebSocketTask): Promise<WebSocketResult> {
  const opened = await Promise.allSettled(Array.from({ length: task.connections }, async () => await open(task)));
  const sockets = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  let [answered, broken] = [0, 0];
  const start = performance.now();
  for (const socket of sockets) {
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => (broken += 1));
    count(socket, answer.length, (frames) => {
      answered += frames;
      socket.write(asked);
    });
    socket.write(asked);
  }
  await sleep(task.seconds * 1000);
  const seconds = (performance.now() - start) / 1000;
  return { answered, failed: opened.length - sockets.length + broken, seconds };
}

const [, , task] = process.argv;
if (import.meta.main) {
  if (task === undefined) serve();
  else {
    console.log(JSON.stringify(await run(JSON.parse(task) as WebSocketTask)));
    process.exit(0);
  }
}
