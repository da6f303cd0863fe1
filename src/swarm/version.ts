/**
 * Which version of the Engine API is spoken: Debian's engine speaks at most 1.41, Engine 29 refuses below 1.44.
 */
import { InterlockError, isInterlockError } from "../model/errors.ts";
import type { EngineQuestion, Transport } from "./transport.ts";
import { decodeVersions, type EngineVersions } from "./decode.ts";

/** Oldest and newest Engine API this client is written for. 1.41 has `ServiceStatus`, jobs and everything else we read. */
const ours = { oldest: "1.41", newest: "1.51" } as const;

/**
 * The newest version both sides speak.
 *
 * Fails: DOCKER_REFUSED when there is none.
 */
export function commonVersion(engine: EngineVersions): string {
  const newest = compare(engine.newest, ours.newest) < 0 ? engine.newest : ours.newest;
  if (compare(newest, ours.oldest) >= 0 && compare(newest, engine.oldest) >= 0) return newest;
  const age = compare(newest, ours.oldest) < 0 ? "old" : "new";
  throw new InterlockError(
    "DOCKER_REFUSED",
    `the Docker engine ${engine.engine} is too ${age}: it speaks API ${engine.oldest} to ${engine.newest}, Interlock ${ours.oldest} to ${ours.newest}`,
    { details: { engine: engine.engine, newest: engine.newest, oldest: engine.oldest } },
  );
}

function compare(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split(".").map(Number);
  const [majorB = 0, minorB = 0] = b.split(".").map(Number);
  return majorA === majorB ? minorA - minorB : majorA - majorB;
}

/** A {@link Transport} that adds the version to every path, and asks for it again when the engine was replaced by one that refuses it. */
export interface VersionedTransport extends Transport {
  /** The version spoken now, like `1.41`. */
  readonly apiVersion: string;
}

/**
 * Agrees with the engine on a version.
 *
 * Fails: as {@link commonVersion}, and as {@link Transport.call}.
 * Source: Engine API v1.41 §Versioning, GET /version.
 */
export async function negotiate(transport: Transport, signal?: AbortSignal): Promise<VersionedTransport> {
  async function ask(signal?: AbortSignal): Promise<string> {
    return commonVersion(decodeVersions(await transport.call({ method: "GET", path: "/version" }, signal)));
  }
  let apiVersion = await ask(signal);

  async function spoken<Request extends EngineQuestion, T>(
    request: Request,
    send: (request: Request) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const used = apiVersion;
    try {
      return await send({ ...request, path: `/v${used}${request.path}` });
    } catch (error) {
      // "client version 1.51 is too new. Maximum supported API version is 1.41": the engine was up- or downgraded under us.
      const refused = isInterlockError(error, "DOCKER_REFUSED") && error.message.includes("client version");
      if (!refused) throw error;
      if (apiVersion === used) apiVersion = await ask(signal);
      return await send({ ...request, path: `/v${apiVersion}${request.path}` });
    }
  }

  return {
    get apiVersion() {
      return apiVersion;
    },
    call: async (request, signal) => await spoken(request, async (r) => await transport.call(r, signal), signal),
    feed: async (question, take, signal) =>
      await spoken(question, async (q) => await transport.feed(q, take, signal), signal),
    open: async (request, signal) => await spoken(request, async (r) => await transport.open(r, signal), signal),
    close: () => transport.close(),
  };
}
