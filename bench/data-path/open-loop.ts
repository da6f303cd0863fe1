/**
 * A process that sends requests at times fixed beforehand, however slow the answers are, and says how long each took from the time it
 * was due. So a pause of the proxy counts for all requests that fall into it (no coordinated omission).
 *
 * Run: node bench/data-path/open-loop.ts '<OpenLoopTask as JSON>'; prints an OpenLoopResult as JSON.
 */
import { connect, type Socket } from "node:net";
import { quantile } from "./statistics.ts";

/** What to send. */
export interface OpenLoopTask {
  /** On loopback, plain HTTP/1.1. */
  readonly port: number;
  readonly host: string;
  /** Requests a second on average; the times between them are random (a Poisson process), the same ones in each run. */
  readonly rate: number;
  readonly seconds: number;
  /** Opened beforehand. A request that finds all of them in use waits, and its time runs. */
  readonly connections: number;
}

/** How it went. Times are in microseconds from when a request was due to the end of its answer. */
export interface OpenLoopResult {
  readonly answered: number;
  /** Connections that broke with a request on them, answers other than 200, and those that never came. */
  readonly failed: number;
  /** Until the last answer. */
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly most: number;
  /** By how much the 99th of 100 requests was sent too late, for whatever reason: what the client itself adds at most. */
  readonly late99: number;
}

/** A connection and the request on it. */
interface Line {
  socket: Socket;
  /** When its request was due, in milliseconds; -1 while it is idle. */
  due: number;
  /** Bytes of the answer that have not come; -1 until its header is there. */
  missing: number;
  header: string;
  last: boolean;
}

/** How long nothing is looked at while nothing is due, in milliseconds: the application shares this core. */
const nap = 0.05;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

async function run({ port, host, rate, seconds, connections }: OpenLoopTask): Promise<OpenLoopResult> {
  const request = `GET /small HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  const dues = times(rate, seconds);
  const took: number[] = [];
  const late: number[] = [];
  const idle: Line[] = [];
  let failed = 0;
  let closing = false;

  const open = async (): Promise<void> => {
    const line: Line = { socket: connect({ port, host: "127.0.0.1" }), due: -1, missing: -1, header: "", last: false };
    const { promise, resolve } = Promise.withResolvers<void>();
    line.socket.setNoDelay(true);
    line.socket.once("connect", () => {
      idle.push(line);
      resolve();
    });
    line.socket.on("data", (chunk) => {
      if (!complete(line, chunk)) return;
      if (line.header.startsWith("HTTP/1.1 200")) took.push((performance.now() - line.due) * 1000);
      else failed += 1;
      line.due = -1;
      line.header = "";
      line.missing = -1;
      if (line.last) line.socket.destroy();
      else idle.push(line);
    });
    line.socket.on("error", () => resolve());
    line.socket.on("close", () => {
      resolve();
      if (line.due >= 0) failed += 1;
      const at = idle.indexOf(line);
      if (at >= 0) idle.splice(at, 1);
      if (!closing) setTimeout(() => void open(), 1);
    });
    await promise;
  };
  for (let count = 0; count < connections; count += 1) await open();
  if (idle.length === 0) throw new Error(`nobody takes connections on port ${port}`);

  const start = performance.now() + 20;
  const deadline = start + seconds * 1000 + 10_000;
  let next = 0;
  while (took.length + failed < dues.length && performance.now() < deadline) {
    const now = performance.now() - start;
    while (next < dues.length && (dues[next] ?? 0) <= now) {
      const line = idle.pop();
      if (line === undefined) break;
      line.due = start + (dues[next] ?? 0);
      late.push((performance.now() - line.due) * 1000);
      line.socket.write(request);
      next += 1;
    }
    // Lets the event loop look at all sockets once.
    await new Promise(setImmediate);
    const wait = Math.min(nap, (dues[next] ?? Infinity) - (performance.now() - start));
    if (wait > 0) Atomics.wait(sleeper, 0, 0, wait);
  }
  closing = true;
  return {
    answered: took.length,
    failed: dues.length - took.length,
    seconds: (performance.now() - start) / 1000,
    p50: quantile(took, 0.5),
    p99: quantile(took, 0.99),
    p999: quantile(took, 0.999),
    most: quantile(took, 1),
    late99: quantile(late, 0.99),
  };
}

/** Takes in a piece of an answer; true when that was the end of it. Answers have a Content-Length. */
function complete(line: Line, chunk: Buffer): boolean {
  if (line.missing < 0) {
    line.header += chunk.toString("latin1");
    const end = line.header.indexOf("\r\n\r\n");
    if (end < 0) return false;
    const length = /\r\ncontent-length: *(\d+)/i.exec(line.header);
    line.last = /\r\nconnection: *close/i.test(line.header);
    line.missing = Number(length?.[1] ?? 0) - (line.header.length - end - 4);
  } else line.missing -= chunk.length;
  return line.missing <= 0;
}

/** When requests are due, in milliseconds from the start. Source of the generator: mulberry32. */
function times(rate: number, seconds: number): readonly number[] {
  let state = 20_261_126;
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const all: number[] = [];
  for (let at = 0; at < seconds * 1000; at += (-Math.log(1 - random()) * 1000) / rate) all.push(at);
  return all;
}

const [, , task = ""] = process.argv;
if (import.meta.main) {
  console.log(JSON.stringify(await run(JSON.parse(task) as OpenLoopTask)));
  process.exit(0);
}
