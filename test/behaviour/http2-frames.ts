/**
 * A request of HTTP/2 written by hand: with headers that no client of today would send.
 */
import type { TLSSocket } from "node:tls";

/** Sends a connection's preface and its first request. Source: RFC 9113 §3.4, §4.1, §6.2; END_STREAM and END_HEADERS are set. */
export function sendRequest(socket: TLSSocket, headers: Readonly<Record<string, string>>): void {
  const fields = Object.entries(headers).map(([name, value]) => field(name, value));
  socket.write(
    Buffer.concat([
      Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      frame(4, 0, 0, Buffer.alloc(0)),
      frame(1, 5, 1, Buffer.concat(fields)),
    ]),
  );
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Source: RFC 7541 §6.2.2, a literal without indexing; texts are shorter than 127 bytes. */
function field(name: string, value: string): Buffer {
  const text = (one: string): Buffer => Buffer.concat([Buffer.from([one.length]), Buffer.from(one)]);
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}
