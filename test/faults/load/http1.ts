/**
 * HTTP/1.1: on a connection of its own, or on one that was used before.
 */
import { Agent, request } from "node:http";
import { type Ask, NoAnswer, patienceMs, type Reply } from "./ask.ts";
import type { Door } from "./plan.ts";

/** Connections that are used again, as so many browsers would keep them: each rests for a while between two requests. */
export class Keepers {
  readonly #agents = new Map<Door, readonly Agent[]>();
  readonly #perDoor: number;
  #next = 0;

  constructor(perDoor: number) {
    this.#perDoor = perDoor;
  }

  /** The one whose turn it is. */
  next(door: Door): Agent | undefined {
    let agents = this.#agents.get(door);
    if (agents === undefined) {
      // Node closes a connection that says nothing for this long; nginx closes first, and the client has to notice.
      agents = Array.from({ length: this.#perDoor }, () => new Agent({ keepAlive: true, scheduling: "fifo" }));
      this.#agents.set(door, agents);
    }
    this.#next += 1;
    return agents[this.#next % agents.length];
  }

  close(): void {
    for (const agent of [...this.#agents.values()].flat()) agent.destroy();
  }
}

/**
 * Asks once.
 *
 * Fails: with whatever the connection failed with. A request that meets the end of a kept connection fails too, although a browser would
 * send some of them again: the bar is that it never happens.
 */
export async function overHttp1(ask: Ask, agent: Agent | undefined): Promise<Reply> {
  return await new Promise((resolve, reject) => {
    const { door, target, path, id, body } = ask;
    const headers = {
      host: target.host,
      "x-request-id": id,
      ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }),
    };
    const method = body === undefined ? "GET" : "POST";
    const asked = request(
      { host: door.address, port: door.port, method, path, headers, agent: agent ?? false },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
        response.on("error", reject);
      },
    );
    const timer = setTimeout(() => asked.destroy(new NoAnswer(`no answer within ${patienceMs} ms`)), patienceMs);
    asked.on("close", () => clearTimeout(timer));
    asked.on("error", reject);
    asked.end(body);
  });
}
