/**
 * A long answer of the engine, over a connection of its own and through one buffer.
 *
 * Why not `node:http`: it makes two buffers of every 64 KB it reads. Of a list of ninety megabytes that is more garbage than core has memory otherwise, and
 * V8 marks all of the heap again and again to be rid of it (record 0027).
 */
import { HTTPParser } from "http-parser-js";
import { connect, isIP, type OnReadOpts, type Socket } from "node:net";
import { addAbortSignal } from "node:stream";
import { connect as connectTls } from "node:tls";
import { bracketed, type EngineRoad, tlsOptions } from "./address.ts";
import { cutShort, isRefused } from "./failures.ts";

/** A whole one. */
export interface LongAnswer {
  readonly status: number;
  /** What a refusal says; empty where the answer was taken. */
  readonly said: string;
}

/** As much as `node:http` reads at once. */
const bufferBytes = 65_536;

/**
 * Asks for a path with its query, and hands over the answer in pieces as they come; a refusal is gathered instead. A piece is there until `take` returns.
 *
 * Shape: the parser takes nonsense in the place of a length for 0. So whoever takes the answer must know its end when it sees it, as a list does.
 * Fails: with the error of the connection, of what is no HTTP, or of `take`; as {@link cutShort}, when it ended before the answer did; and when the signal fires.
 * Source: RFC 9112 §6.3 (where an answer ends), §9.6 (`Connection: close`).
 */
export async function readLong(
  road: EngineRoad,
  target: string,
  take: (piece: Buffer) => void,
  signal: AbortSignal,
): Promise<LongAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<LongAnswer>();
  const said: Buffer[] = [];
  let status = 0;
  const parser = new HTTPParser(HTTPParser.RESPONSE);
  parser[HTTPParser.kOnHeadersComplete] = ({ statusCode }) => {
    status = statusCode;
  };
  let isWhole = false;
  parser[HTTPParser.kOnBody] = (piece) => {
    // Nobody asked for a second answer behind it.
    if (isWhole) return;
    if (isRefused(status)) said.push(Buffer.from(piece));
    else take(piece);
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    // One of the hundreds says that the answer comes later.
    if (status < 200) return;
    isWhole = true;
    resolve({ status, said: Buffer.concat(said).toString("utf8") });
  };
  const buffer = Buffer.alloc(bufferBytes);
  const read = (length: number): boolean => {
    try {
      const consumed = parser.execute(buffer, 0, length);
      if (typeof consumed === "number") return true;
      reject(consumed);
    } catch (thrown) {
      reject(thrown);
    }
    return false;
  };
  const socket = connected(road, { buffer, callback: read });
  addAbortSignal(signal, socket);
  socket.once("error", reject);
  // The end of the connection may be that of the answer.
  socket.once("end", () => parser.finish());
  socket.once("close", () => reject(cutShort()));
  socket.write(`GET ${target} HTTP/1.1\r\nHost: ${hostOf(road)}\r\nConnection: close\r\n\r\n`);
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

function connected(road: EngineRoad, onread: OnReadOpts): Socket {
  if (road.kind === "unix") return connect({ path: road.path, onread });
  const { host, port, tls } = road;
  if (tls === undefined) return connect({ host, port, onread });
  // RFC 6066 §3: an address is no server name.
  const named = isIP(host) === 0 ? { servername: host } : {};
  // Its declaration does not know of `onread`, which is handed on to the socket. Source: Node's `tls.connect`, "socket.connect() options".
  const options = { host, port, ...tlsOptions(tls), ...named, onread };
  return connectTls(options);
}

function hostOf(road: EngineRoad): string {
  return road.kind === "unix" ? "docker" : `${bracketed(road.host)}:${road.port}`;
}
