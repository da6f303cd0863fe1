/**
 * A steady stream of requests to one host, each on a connection of its own, and who answered each.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { get } from "../../test/e2e/swarm.ts";
import type { At } from "./contender.ts";

/** One request. */
export interface Seen {
  /** When its answer had come (or it had failed), milliseconds since 1970. */
  readonly at: number;
  /** Container that answered, as its host name has it: twelve digits. Absent when anything but 200 came. */
  readonly instance?: string;
}

/** A stream that runs. `await using` ends it; by itself it ends after five minutes. */
export class Watch implements AsyncDisposable {
  /** In the order in which they ended. */
  readonly seen: Seen[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #limit: NodeJS.Timeout;
  readonly #open = new Set<Promise<void>>();

  /** A request every so many milliseconds. */
  constructor(at: At, host: string, everyMs: number) {
    this.#timer = setInterval(() => {
      const one = this.#ask(at, host);
      this.#open.add(one);
      void one.finally(() => this.#open.delete(one));
    }, everyMs);
    this.#limit = setTimeout(() => clearInterval(this.#timer), 300_000);
  }

  /** Waits until some request meets it; fails after so many milliseconds. */
  async until(what: string, limitMs: number, wanted: (seen: Seen) => boolean): Promise<Seen> {
    const end = performance.now() + limitMs;
    let from = 0;
    while (performance.now() < end) {
      const found = this.seen.slice(from).find((one) => wanted(one));
      if (found !== undefined) return found;
      from = this.seen.length;
      await sleep(5);
    }
    throw new Error(`waited ${limitMs / 1000} s for ${what}`);
  }

  async #ask(at: At, host: string): Promise<void> {
    this.seen.push(await ask(at, host));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#limit);
    await Promise.all(this.#open);
  }
}

async function ask(at: At, host: string): Promise<Seen> {
  try {
    const { status, body } = await get(at.address, at.port, host, "/ping");
    const instance = instanceIn(body);
    return { at: Date.now(), ...(status === 200 && instance !== undefined ? { instance } : {}) };
  } catch {
    return { at: Date.now() };
  }
}

/** The container that wrote a body of the demo app; `undefined` when somebody else did. */
export function instanceIn(body: string): string | undefined {
  return /"instance":"([^"]+)"/.exec(body)?.[1];
}
