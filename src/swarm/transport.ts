/**
 * One HTTP request to the engine and its whole answer; the only file that knows the client library.
 */
import Dockerode from "dockerode";
import { Agent as HttpAgent, IncomingMessage } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { inspect } from "node:util";
import { Deadline } from "./deadline.ts";
import type { EngineRoad } from "./address.ts";
import { malformed, refusal, tooSlow, unreachable } from "./failures.ts";

/** One request. */
export interface EngineRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Starts with `/`, parts already percent-encoded, without a version. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** How long the answer may take; {@link defaultTimeoutMs} when absent. */
  readonly timeoutMs?: number;
}

/** An open answer: bytes as they come. */
export type EngineStream = AsyncIterable<Buffer> & AsyncDisposable;

/** How requests reach the engine. Both fail: DOCKER_UNREACHABLE, DOCKER_REFUSED, DOCKER_NOT_FOUND, DOCKER_CONFLICT, DOCKER_MALFORMED; with the signal's reason when it fires. */
export interface Transport {
  /** Asks and reads the whole answer, parsed from JSON; `undefined` for an empty one. */
  call(request: EngineRequest, signal?: AbortSignal): Promise<unknown>;
  /** Asks and reads the whole answer, as it is; the answer is `likely` itself when it has the same bytes, so that nothing is kept twice. */
  bytes(request: EngineRequest, signal?: AbortSignal, likely?: Buffer): Promise<Buffer>;
  /** Asks and hands out the answer as it comes; the deadline covers its beginning only. */
  open(request: EngineRequest, signal: AbortSignal): Promise<EngineStream>;
  /** Closes the connections. */
  close(): void;
}

/** Every call's deadline unless it says otherwise. */
export const defaultTimeoutMs = 10_000;

/** Connections at the same time: a look takes six, events one, the rest is for whoever else asks. */
const mostConnections = 16;

/** What we use of the library. */
interface Modem {
  dial(options: object, callback: (error: unknown, response: unknown) => void): void;
}

/** Every status is handed to us: telling good from bad, and a whole body from half of one, is done here. */
const everyStatus: Readonly<Record<number, true>> = Object.fromEntries(
  Array.from({ length: 500 }, (_, i) => [i + 100, true as const]),
);

/** Connects lazily; nothing is asked yet. */
export function openTransport(road: EngineRoad): Transport {
  const { modem, agent } = modemFor(road);

  async function begin(request: EngineRequest, deadline: Deadline): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const query = request.query === undefined ? "" : "?";
    modem.dial(
      {
        method: request.method,
        path: `${request.path}${query}`,
        // The library sends `options` as the body unless told otherwise, and an empty body as none.
        options: { _query: request.query ?? {}, _body: request.body ?? {} },
        headers: {},
        // Only as a stream does the library notice that a body ended too early; its own reading then waits for ever.
        isStream: true,
        statusCodes: everyStatus,
        abortSignal: deadline.signal,
      },
      (error, response) => {
        if (response instanceof IncomingMessage) resolve(response);
        else reject(error instanceof Error ? error : new Error("no answer", { cause: error }));
      },
    );
    const response = await promise;
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    throw refusal(status, (await bytesOf(response)).toString("utf8"), describe(request));
  }

  function translate(thrown: unknown, request: EngineRequest, deadline: Deadline, signal?: AbortSignal): unknown {
    if (signal?.aborted === true) return signal.reason;
    if (deadline.expired) return tooSlow(request.timeoutMs ?? defaultTimeoutMs, describe(request));
    return unreachable(thrown, describe(request));
  }

  async function bytes(request: EngineRequest, signal?: AbortSignal, likely?: Buffer): Promise<Buffer> {
    using deadline = new Deadline(request.timeoutMs ?? defaultTimeoutMs, signal);
    try {
      return await bytesOf(await begin(request, deadline), likely);
    } catch (thrown) {
      throw translate(thrown, request, deadline, signal);
    }
  }

  return {
    bytes,

    async call(request, signal) {
      const body = await bytes(request, signal);
      return body.length === 0 ? undefined : parsed(body, describe(request));
    },

    async open(request, signal) {
      const deadline = new Deadline(request.timeoutMs ?? defaultTimeoutMs, signal);
      try {
        const response = await begin(request, deadline);
        deadline.lift();
        return {
          async *[Symbol.asyncIterator]() {
            try {
              for await (const chunk of response) if (Buffer.isBuffer(chunk)) yield chunk;
            } catch (thrown) {
              throw translate(thrown, request, deadline, signal);
            } finally {
              deadline[Symbol.dispose]();
            }
          },
          async [Symbol.asyncDispose]() {
            deadline[Symbol.dispose]();
            response.destroy();
          },
        };
      } catch (thrown) {
        deadline[Symbol.dispose]();
        throw translate(thrown, request, deadline, signal);
      }
    },

    close() {
      agent.destroy();
    },
  };
}

/**
 * The library prints each request for its log, whether that is read or not, with the agent in it, and with the agent all its connections: three
 * milliseconds a call.
 */
function unprinted<A extends HttpAgent>(agent: A): A {
  return Object.assign(agent, { [inspect.custom]: () => "Agent" });
}

function modemFor(road: EngineRoad): { modem: Modem; agent: HttpAgent } {
  const pool = { keepAlive: true, maxSockets: mostConnections, maxFreeSockets: 8 };
  // Every field is named, `undefined` too: what is absent the library takes from DOCKER_HOST and its relatives.
  const nothing = { ca: undefined, cert: undefined, key: undefined, timeout: undefined, version: undefined };
  if (road.kind === "unix") {
    const agent = unprinted(new HttpAgent(pool));
    const options = { ...nothing, host: undefined, port: undefined, socketPath: road.path, protocol: "http", agent };
    return { modem: modemOf(options), agent };
  }
  const { host, port, tls } = road;
  const agent = unprinted(
    tls === undefined
      ? new HttpAgent(pool)
      : new HttpsAgent({ ...pool, ca: tls.ca, cert: tls.cert, key: tls.key, rejectUnauthorized: !tls.allowInsecure }),
  );
  const protocol = tls === undefined ? "http" : "https";
  const bracketed = host.includes(":") ? `[${host}]` : host;
  const options = { ...nothing, host: bracketed, port, pathPrefix: "/", socketPath: undefined, protocol, agent };
  return { modem: modemOf(options), agent };
}

function modemOf(options: object): Modem {
  const modem: Modem = new Dockerode(options).modem;
  return modem;
}

/**
 * The whole body; `likely` itself when it is the same bytes. Fails when the connection ends before the body does.
 *
 * Why not all chunks first: of a long list they are as much again as the list, in pieces that the process keeps.
 */
async function bytesOf(response: IncomingMessage, likely: Buffer = Buffer.alloc(0)): Promise<Buffer> {
  let length = 0;
  let made: Buffer | undefined;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    const end = length + chunk.length;
    if (made !== undefined || !chunk.equals(likely.subarray(length, end))) {
      made ??= withRoom(likely.subarray(0, length), Math.max(end, likely.length + (likely.length >> 4)));
      if (end > made.length) made = withRoom(made.subarray(0, length), 2 * end);
      chunk.copy(made, length);
    }
    length = end;
  }
  if (!response.complete) throw new Error("aborted");
  if (made !== undefined)
    return made.length < 1.2 * length ? made.subarray(0, length) : Buffer.from(made.subarray(0, length));
  return length === likely.length ? likely : likely.subarray(0, length);
}

/** The same bytes at the beginning of a longer buffer. */
function withRoom(bytes: Buffer, length: number): Buffer {
  const made = Buffer.allocUnsafeSlow(length);
  bytes.copy(made);
  return made;
}

/** A body as JSON. Fails: DOCKER_MALFORMED, naming what was asked. */
export function parsed(body: Buffer, what: string): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw malformed(what, "it is not JSON", error);
  }
}

function describe(request: EngineRequest): string {
  return `${request.method} ${request.path}`;
}
