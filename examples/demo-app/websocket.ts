/**
 * A WebSocket that echoes (RFC 6455), just enough of it for a demo: text and binary messages up to 64 KiB in one frame, ping, close.
 */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

const open = new Set<Duplex>();
const opText = 0x1;
const opBinary = 0x2;
const opClose = 0x8;
const opPing = 0x9;
const opPong = 0xa;
const mostBytes = 65_535;

/** Completes the handshake, greets with the task's name, then echoes. */
export function acceptEcho(request: IncomingMessage, socket: Duplex, greeting: string): void {
  const key = request.headers["sec-websocket-key"];
  if (key === undefined || request.headers.upgrade?.toLowerCase() !== "websocket") {
    socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
    return;
  }
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
  );
  open.add(socket);
  socket.on("close", () => open.delete(socket));
  socket.on("error", () => socket.destroy());
  socket.on("end", () => socket.end());
  socket.write(frame(opText, Buffer.from(greeting)));
  let rest: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (let next = parse(rest); next !== undefined; next = parse(rest)) {
      if (next === "bad") {
        close(socket, 1009);
        return;
      }
      rest = rest.subarray(next.size);
      if (next.op === opText || next.op === opBinary) socket.write(frame(next.op, next.payload));
      else if (next.op === opPing) socket.write(frame(opPong, next.payload));
      else if (next.op === opClose) socket.end(frame(opClose, next.payload.subarray(0, 2)));
    }
  });
}

/** Tells every open WebSocket that the server goes away. */
export function closeSockets(): void {
  for (const socket of open) close(socket, 1001);
}

function close(socket: Duplex, code: number): void {
  socket.end(frame(opClose, Buffer.from([code >> 8, code & 0xff])));
}

function frame(op: number, payload: Buffer): Buffer {
  const head =
    payload.length < 126 ? [0x80 | op, payload.length] : [0x80 | op, 126, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from(head), payload]);
}

type Frame = { readonly op: number; readonly payload: Buffer; readonly size: number };

/** The first frame in the bytes; undefined when it is not all there, "bad" for what this server does not speak (unmasked, in parts, too long). */
function parse(bytes: Buffer): Frame | "bad" | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  const short = second & 0x7f;
  if ((first & 0x80) === 0 || (second & 0x80) === 0 || short === 127) return "bad";
  const start = short === 126 ? 4 : 2;
  if (bytes.length < start + 4) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short;
  const size = start + 4 + length;
  if (length > mostBytes) return "bad";
  if (bytes.length < size) return undefined;
  const mask = bytes.subarray(start, start + 4);
  const payload = Buffer.from(bytes.subarray(start + 4, size));
  for (let index = 0; index < payload.length; index += 1)
    payload[index] = (payload[index] ?? 0) ^ (mask[index % 4] ?? 0);
  return { op: first & 0x0f, payload, size };
}
