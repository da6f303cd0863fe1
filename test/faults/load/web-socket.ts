/**
 * A WebSocket client (RFC 6455): sends a text now and then, and must hear it again.
 *
 * Why our own: the built-in one can be told neither an address apart from the host nor an authority.
 */
import { randomBytes } from "node:crypto";
import { request } from "node:http";
import type { Duplex } from "node:stream";
import { NoAnswer } from "./ask.ts";
import type { Door, Target } from "./plan.ts";

const opText = 0x1;
const opClose = 0x8;
const openMs = 20_000;
const everyMs = 500;
const echoMs = 15_000;

/** How a WebSocket ended: `code` is what a close frame said. */
export interface SocketEnd {
  readonly code?: number;
  readonly reason: string;
}

/** An open WebSocket. */
export interface Echoing {
  /** Resolves when it is no longer open, except after {@link close}. */
  readonly ended: Promise<SocketEnd>;
  close(): void;
}

/** Opens one; it sends by itself, every half second. Fails when it is not opened in time or as it should be. */
export async function openEcho(door: Door, target: Target, onEcho: () => void): Promise<Echoing> {
  const [socket, head] = await upgrade(door, target);
  return keepEchoing(socket, head, onEcho);
}

async function upgrade(door: Door, target: Target): Promise<readonly [Duplex, Buffer]> {
  return await new Promise((resolve, reject) => {
    const asked = request({
      host: door.address,
      port: door.port,
      path: "/ws",
      agent: false,
      headers: {
        host: target.host,
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": randomBytes(16).toString("base64"),
      },
    });
    const timer = setTimeout(() => asked.destroy(new NoAnswer(`not open within ${openMs} ms`)), openMs);
    asked.on("upgrade", (_response, socket, head) => {
      clearTimeout(timer);
      resolve([socket, head]);
    });
    asked.on("response", (response) => asked.destroy(new Error(`status ${response.statusCode}`)));
    asked.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    asked.end();
  });
}

function keepEchoing(socket: Duplex, head: Buffer, onEcho: () => void): Echoing {
  let rest: Buffer = head;
  let sent = 0;
  let awaited: { readonly text: string; readonly until: number } | undefined;
  let closed = false;
  const timer = setInterval(() => {
    if (awaited !== undefined) {
      if (performance.now() > awaited.until) socket.destroy(new NoAnswer(`no echo within ${echoMs} ms`));
      return;
    }
    sent += 1;
    awaited = { text: `echo ${sent}`, until: performance.now() + echoMs };
    socket.write(masked(opText, Buffer.from(awaited.text)));
  }, everyMs);
  const ended = new Promise<SocketEnd>((resolve) => {
    const end = (how: SocketEnd): void => {
      clearInterval(timer);
      if (!closed) resolve(how);
      socket.destroy();
    };
    socket.on("error", (error) => end({ reason: String(error) }));
    socket.on("close", () => end({ reason: "the connection was closed without a word" }));
    socket.on("end", () => end({ reason: "the connection was closed without a word" }));
    const read = (chunk: Buffer): void => {
      rest = Buffer.concat([rest, chunk]);
      for (let next = frameOf(rest); next !== undefined; next = frameOf(rest)) {
        rest = rest.subarray(next.size);
        if (next.op === opClose) {
          const code = next.payload.length >= 2 ? next.payload.readUInt16BE(0) : 1005;
          end({ code, reason: `closed with code ${code}` });
        } else if (next.payload.toString() === awaited?.text) {
          awaited = undefined;
          onEcho();
        }
      }
    };
    socket.on("data", read);
    read(Buffer.alloc(0));
  });
  return {
    ended,
    close: () => {
      closed = true;
      clearInterval(timer);
      socket.end(masked(opClose, Buffer.from([1000 >> 8, 1000 & 0xff])));
    },
  };
}

/** A client's frame is masked; the mask of zeros is one too. */
function masked(op: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x80 | op, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

function frameOf(bytes: Buffer): { readonly op: number; readonly payload: Buffer; readonly size: number } | undefined {
  const [first, second] = bytes;
  // The texts here are short: a length of two bytes never comes.
  if (first === undefined || second === undefined || bytes.length < 2 + second) return undefined;
  return { op: first & 0x0f, payload: bytes.subarray(2, 2 + second), size: 2 + second };
}
