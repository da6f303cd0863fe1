/**
 * One HTTP request to the engine and its whole answer; the only file that knows the client library.
 */
import Dockerode from "dockerode";
import { Agent as HttpAgent, IncomingMessage } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { inspect } from "node:util";
import { Deadline } from "./deadline.ts";
import { bracketed, type EngineRoad, tlsOptions } from "./address.ts";
import { cutShort, isRefused, malformed, refusal, tooSlow, unreachable } from "./failures.ts";
import { readLong } from "./long-answer.ts";

/** What is asked for. */
export interface EngineQuestion {
  /** Starts with `/`, parts already percent-encoded, without a version. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** How long the answer may take; {@link defaultTimeoutMs} when absent. */
  readonly timeoutMs?: number;
}

/** One request. */
export interface EngineRequest extends EngineQuestion {
  readonly method: "GET" | "POST" | "DELETE";
  readonly body?: object;
}

/** An open answer: bytes as they come. */
export type EngineStream = AsyncIterable<Buffer> & AsyncDisposable;

/** How requests reach the engine. Both fail: DOCKER_UNREACHABLE, DOCKER_REFUSED, DOCKER_NOT_FOUND, DOCKER_CONFLICT, DOCKER_MALFORMED; with the signal's reason when it fires. */
export interface Transport {
  /** Asks and reads the whole answer, parsed from JSON; `undefined` for an empty one. */
  call(request: EngineRequest, signal?: AbortSignal): Promise<unknown>;
  /** Asks and hands over the answer in pieces, as they come; resolves when that was all of it. A piece is there until `take` returns. For what is too long to be kept. */
  feed(question: EngineQuestion, take: (piece: Buffer) => void, signal?: AbortSignal): Promise<void>;
  /** Asks and hands out the answer as it comes; the deadline covers its beginning only. */
  open(request: EngineRequest, signal: AbortSignal): Promise<EngineStream>;
  /** Closes the connections that are kept; those of long answers end with them. */
  close(): void;
}

/** Every call's deadline unless it says otherwise. */
export const defaultTimeoutMs = 10_000;

/** Connections at the same time, but for long answers: a look takes four, events one, the rest is for whoever else asks. */
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
    if (!isRefused(status)) return response;
    throw refusal(status, (await bodyOf(response)).toString("utf8"), describe(request));
  }

  function translate(thrown: unknown, request: EngineRequest, deadline: Deadline, signal?: AbortSignal): unknown {
    if (signal?.aborted === true) return signal.reason;
    if (deadline.expired) return tooSlow(request.timeoutMs ?? defaultTimeoutMs, describe(request));
    return unreachable(thrown, describe(request));
  }

  /** The whole of an answer is to come in time. */
  async function inTime<Answer>(
    request: EngineRequest,
    ask: (deadline: Deadline) => Promise<Answer>,
    signal?: AbortSignal,
  ): Promise<Answer> {
    using deadline = new Deadline(request.timeoutMs ?? defaultTimeoutMs, signal);
    try {
      return await ask(deadline);
    } catch (thrown) {
      throw translate(thrown, request, deadline, signal);
    }
  }

  return {
    async call(request, signal) {
      const body = await inTime(request, async (deadline) => await bodyOf(await begin(request, deadline)), signal);
      return body.length === 0 ? undefined : parsed(body, describe(request));
    },

    async feed(question, take, signal) {
      const request: EngineRequest = { method: "GET", ...question };
      const ask = async (deadline: Deadline): Promise<void> => {
        const { status, said } = await readLong(road, targetOf(question), take, deadline.signal);
        if (isRefused(status)) throw refusal(status, said, describe(request));
      };
      await inTime(request, ask, signal);
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
  const agent = unprinted(tls === undefined ? new HttpAgent(pool) : new HttpsAgent({ ...pool, ...tlsOptions(tls) }));
  const protocol = tls === undefined ? "http" : "https";
  const options = { ...nothing, host: bracketed(host), port, pathPrefix: "/", socketPath: undefined, protocol, agent };
  return { modem: modemOf(options), agent };
}

function modemOf(options: object): Modem {
  const modem: Modem = new Dockerode(options).modem;
  return modem;
}

/** A whole body. Fails when the connection ends before the body does. */
async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  if (!response.complete) throw cutShort();
  return Buffer.concat(chunks);
}

function targetOf({ path, query }: EngineQuestion): string {
  return query === undefined ? path : `${path}?${new URLSearchParams(query).toString()}`;
}

/** A body as JSON. Fails: DOCKER_MALFORMED, naming what was asked. */
function parsed(body: Buffer, what: string): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw malformed(what, "it is not JSON", error);
  }
}

function describe(request: EngineRequest): string {
  return `${request.method} ${request.path}`;
}
