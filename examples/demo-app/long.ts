/**
 * What takes long or must not happen twice: bodies read and counted, downloads that trickle.
 */
import { appendFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const folder = process.env["RECORD"];
const seen = new Map<string, number>();
const mostSeen = 100_000;

/** A body that was read to its end. */
export type Posted = { readonly bytes: number; readonly text: string };

/** Reads a body of at most 1 MiB; rejects when it is longer or cut. */
export async function readBody(request: IncomingMessage): Promise<Posted> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const body: AsyncIterable<Buffer> = request;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > 1 << 20) throw new Error("the body is longer than 1 MiB");
    chunks.push(chunk);
  }
  return { bytes, text: Buffer.concat(chunks).toString("utf8") };
}

/**
 * Notes that a request took effect, and says how often this task has seen its id.
 *
 * Why a file: what a task did must still be known after it was killed, and asked of all tasks together. With RECORD set, each appends
 * the id to the file of its own name in that folder before it answers.
 */
export function record(instance: string, id: string): number {
  if (folder !== undefined) appendFileSync(join(folder, instance), `${id}\n`);
  const count = (seen.get(id) ?? 0) + 1;
  if (seen.size >= mostSeen) seen.clear();
  seen.set(id, count);
  return count;
}

/** A line every `everyMs` for `forMs`, then `end`. A request under way when the app is told to stop goes on to its end. */
export async function trickle(response: ServerResponse, forMs: number, everyMs: number): Promise<void> {
  // The last on its connection: the app may be told to stop after these headers were sent.
  response.writeHead(200, { "content-type": "text/plain", "x-accel-buffering": "no", connection: "close" });
  const end = performance.now() + forMs;
  for (let line = 1; performance.now() < end && !response.destroyed; line += 1) {
    response.write(`${line}\n`);
    await delay(Math.max(Math.min(everyMs, end - performance.now()), 1));
  }
  response.end("end\n");
}
