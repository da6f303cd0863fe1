/**
 * The first message of TLS, written by hand: with any bytes where a name should be.
 */
import { once } from "node:events";
import { connect } from "node:net";

/** What came back: a certificate is on its way, an alert, or nothing but the end. */
export type Reply = "handshake" | "alert" | "end";

/** Greets with names in SNI as they are and says what came back. */
export async function greetAs(port: number, ...names: readonly Buffer[]): Promise<Reply> {
  const socket = connect(port, "127.0.0.1");
  const received: Buffer[] = [];
  socket.on("data", (chunk) => {
    received.push(chunk);
    socket.destroy();
  });
  socket.on("error", () => {});
  socket.write(clientHello(names));
  await once(socket, "close");
  // Source: RFC 8446 §5.1, ContentType.
  const first = received[0]?.[0];
  if (first === 22) return "handshake";
  return first === 21 ? "alert" : "end";
}

/** Source: RFC 5246 §7.4.1.2 for the message, RFC 6066 §3 for the names, RFC 8422 §5.1 for curves. */
function clientHello(names: readonly Buffer[]): Buffer {
  const list = names.map((name) => Buffer.concat([Buffer.from([0]), sized(2, name)]));
  const extensions = [
    extension(0, sized(2, ...list)),
    extension(10, sized(2, Buffer.from([0, 0x1d, 0, 0x17]))),
    extension(11, sized(1, Buffer.from([0]))),
    extension(13, sized(2, Buffer.from([4, 3, 8, 4]))),
  ];
  const ciphers = Buffer.from([0xc0, 0x2b, 0xc0, 0x2c]);
  const body = [
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    sized(1),
    sized(2, ciphers),
    sized(1, Buffer.from([0])),
    sized(2, ...extensions),
  ];
  const message = Buffer.concat([Buffer.from([1]), sized(3, ...body)]);
  return Buffer.concat([Buffer.from([22, 3, 1]), sized(2, message)]);
}

function extension(type: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type >> 8, type & 0xff]), sized(2, content)]);
}

/** Bytes with their length in front of them. */
function sized(width: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length = Buffer.alloc(width);
  length.writeUIntBE(content.length, 0, width);
  return Buffer.concat([length, content]);
}
