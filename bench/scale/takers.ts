/**
 * A process of connections to core that take one whole offer each, unread, and leave: `takers.ts PORT COUNT`. All come at the same moment.
 *
 * Why not agents: hundreds that read theirs on this machine would be slower than hundreds of machines, and core is what is looked at.
 */
import { once } from "node:events";
import { connect, constants } from "node:http2";
import { connect as dial } from "node:net";
import { addressOf } from "./agents.ts";

/** Takes an offer as it comes, compressed as agents ask for it. */
async function take(port: number, n: number): Promise<void> {
  const session = connect(`http://127.0.0.1:${port}`, {
    createConnection: () => dial({ host: "127.0.0.1", port, localAddress: addressOf(n) }),
  });
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: "POST",
    [constants.HTTP2_HEADER_PATH]: "/interlock.v1.ProxyService/FollowOffers",
    "content-type": "application/grpc",
    "grpc-accept-encoding": "gzip",
    te: "trailers",
  });
  // A message without fields: nothing is served yet.
  stream.end(Buffer.alloc(5));
  const taken = new Taken();
  stream.on("data", (chunk: Buffer) => taken.add(chunk));
  await Promise.race([once(taken.done, "abort"), once(session, "close")]);
  if (!taken.done.aborted) throw new Error(`core ended connection ${n}`);
  session.destroy();
}

/** Counts until a message of more than some bytes is whole: before it are heartbeats. A message is a flag, a length, and as many bytes (gRPC over HTTP/2). */
class Taken {
  readonly #controller = new AbortController();
  #rest = Buffer.alloc(0);
  #missing = 0;

  get done(): AbortSignal {
    return this.#controller.signal;
  }

  add(chunk: Buffer): void {
    if (this.#missing > 0) {
      this.#missing -= chunk.length;
      if (this.#missing <= 0) this.#controller.abort();
      return;
    }
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 5) {
      const length = 5 + this.#rest.readUInt32BE(1);
      if (length > 1_000) {
        this.#missing = length - this.#rest.length;
        if (this.#missing <= 0) this.#controller.abort();
        return;
      }
      if (this.#rest.length < length) return;
      this.#rest = this.#rest.subarray(length);
    }
  }
}

const [port = 0, count = 0] = process.argv.slice(2).map(Number);
await Promise.all(Array.from({ length: count }, async (_, n) => await take(port, n)));
