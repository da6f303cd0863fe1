/**
 * What each request means.
 */
import { type ErrorCode, isInterlockError, sentenceOf } from "../model/errors.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Token } from "./token.ts";
import { passwordIn, readWish, type State, type Wish } from "./words.ts";

/** What the API can do to a Swarm. */
export interface Enablement {
  state(): Promise<State>;
  /**
   * Enables Interlock, or changes the ports of one that runs with the default configuration.
   *
   * Fails: CUSTOM_CONFIG when that would overwrite what somebody wrote; DOCKER_*.
   */
  enable(wish: Wish): Promise<void>;
  /** Removes core and everything it made; configurations stay. */
  disable(): Promise<void>;
}

/** A request, as far as it matters. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** An answer; `body` becomes JSON. */
export interface Answered {
  readonly status: number;
  readonly body?: object;
}

/** What the API works with. */
export interface ApiParts {
  readonly enablement: Enablement;
  readonly token: Token;
  readonly log: Logger;
}

/** Answers requests, one change after the other. */
export class Api {
  readonly #parts: ApiParts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: ApiParts) {
    this.#parts = parts;
  }

  /** Answers one request. Never throws: what went wrong is in the answer. */
  async answer(asked: Asked): Promise<Answered> {
    try {
      return await this.#route(asked);
    } catch (error) {
      const status = (isInterlockError(error) ? statuses[error.code] : undefined) ?? 500;
      const { log } = this.#parts;
      if (status === 500) log.error({ error: sentenceOf(error) }, "Request failed");
      else log.warn({ reason: sentenceOf(error), method: asked.method }, "Request refused");
      return { status, body: { error: sentenceOf(error), ...(isInterlockError(error) ? { code: error.code } : {}) } };
    }
  }

  async #route({ method, path, authorization, body }: Asked): Promise<Answered> {
    const { token } = this.#parts;
    // The original's clients ask for a token by name and password first: any name, with the token as password.
    if (path === "/auth/login" && method === "POST") {
      const password = passwordIn(body);
      return password !== undefined && token.is(password)
        ? { status: 200, body: { auth_token: password } }
        : { status: 401, body: { error: "the password is not the token" } };
    }
    if (path !== "/api/interlock") return { status: 404, body: { error: `there is no ${path}` } };
    if (!token.isIn(authorization)) return { status: 401, body: { error: "no or wrong token" } };
    if (method === "GET") return { status: 200, body: await this.#parts.enablement.state() };
    if (method === "DELETE") return await this.#disable();
    if (method !== "POST") return { status: 405, body: { error: `${method} is not for ${path}` } };
    const read = readWish(body);
    if ("wrong" in read) return { status: 400, body: { error: read.wrong } };
    return read.wish.enabled ? await this.#enable(read.wish) : await this.#disable();
  }

  async #enable(wish: Wish): Promise<Answered> {
    const { enablement, log } = this.#parts;
    return await this.#alone(async () => {
      await enablement.enable(wish);
      log.info({ ...wish }, "Interlock enabled");
      return { status: 200, body: await enablement.state() };
    });
  }

  async #disable(): Promise<Answered> {
    const { enablement, log } = this.#parts;
    return await this.#alone(async () => {
      await enablement.disable();
      log.info("Interlock disabled");
      return { status: 200, body: await enablement.state() };
    });
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => undefined);
    return await mine;
  }
}

/** The status of an answer that tells an error. */
const statuses: Partial<Record<ErrorCode, number>> = {
  CUSTOM_CONFIG: 409,
  DOCKER_CONFLICT: 409,
  USAGE: 400,
  DOCKER_UNREACHABLE: 503,
  TIMED_OUT: 503,
};
