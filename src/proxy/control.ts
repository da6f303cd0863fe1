/**
 * nginx's control server on its unix socket. What it serves is in this folder's README.
 */
import { request } from "node:http";
import { text } from "node:stream/consumers";
import type { Place } from "../model/desired.ts";
import { InterlockError, sentenceOf } from "../model/errors.ts";
import { identityFrom, unreachableFrom, type Identity } from "./decode.ts";
import type { TablePart } from "./tables.ts";

/** Any answer of the control server comes within milliseconds; a worker that takes this long is stuck. */
const timeoutMs = 5_000;

/** Asks and tells nginx. Each call is a connection of its own: a kept one would speak to an old worker after a reload. */
export class Control {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /**
   * Which structure the worker that answers has, and who it is.
   *
   * Fails: NGINX_FAILED when nothing, or nothing sensible, answers.
   */
  async identity(): Promise<Identity> {
    return identityFrom(await this.#call("GET", "/identity"));
  }

  /**
   * Changes tables; the body is `{"set":[[key,value],…],"delete":[key,…]}`.
   *
   * Fails: NGINX_REFUSED with the key that does not fit (507) or has a value nginx cannot use (400), NGINX_FAILED for anything else.
   */
  async changeTables(body: string): Promise<void> {
    await this.#call("POST", "/tables", body);
  }

  /** Says what of the tables is there: whoever waits for it goes on. Fails: NGINX_FAILED. */
  async ready(parts: readonly TablePart[]): Promise<void> {
    await this.#call("POST", "/tables", JSON.stringify({ ready: parts }));
  }

  /** From now on load balancers are told to send nobody, and every response closes its connection. Fails: NGINX_FAILED. */
  async leave(): Promise<void> {
    await this.#call("POST", "/drain", JSON.stringify({ seconds: 0, leaving: true }));
  }

  /** For the given seconds, every response closes its connection (decision D6); 0 ends it. Fails: NGINX_FAILED. */
  async drain(seconds: number): Promise<void> {
    await this.#call("POST", "/drain", JSON.stringify({ seconds }));
  }

  /** The endpoints that could not be reached since this was asked last; each is told once. Fails: NGINX_FAILED. */
  async unreachable(): Promise<readonly Place[]> {
    return unreachableFrom(await this.#call("GET", "/unreachable"));
  }

  async #call(method: "GET" | "POST", path: string, body?: string): Promise<string> {
    let status: number;
    let answer: string;
    try {
      ({ status, answer } = await exchange(this.#socketPath, method, path, body));
    } catch (cause) {
      throw new InterlockError("NGINX_FAILED", `the control socket does not answer: ${sentenceOf(cause)}`, { cause });
    }
    const key = answer.trim().slice(0, 300);
    if (status === 507) throw new InterlockError("NGINX_REFUSED", `nginx has no room for ${key}`);
    if (status === 400) throw new InterlockError("NGINX_REFUSED", `nginx cannot use the value of ${key}`);
    if (status >= 300) {
      throw new InterlockError("NGINX_FAILED", `the control socket answered ${status} to ${method} ${path}`, {
        details: { answer: answer.slice(0, 300) },
      });
    }
    return answer;
  }
}

async function exchange(
  socketPath: string,
  method: string,
  path: string,
  body: string | undefined,
): Promise<{ readonly status: number; readonly answer: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; answer: string }>();
  const outgoing = request(
    {
      socketPath,
      method,
      path,
      agent: false,
      headers: {
        host: "control",
        connection: "close",
        ...(body === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
      },
      signal: AbortSignal.timeout(timeoutMs),
    },
    (incoming) => {
      text(incoming).then((answer) => resolve({ status: incoming.statusCode ?? 0, answer }), reject);
    },
  );
  outgoing.on("error", reject);
  outgoing.end(body);
  return promise;
}
