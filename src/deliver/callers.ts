/**
 * Who is calling: the task that has the caller's address on the control network (record 0001).
 */
import type { Caller } from "../model/caller.ts";
import { Bell } from "../runtime/bell.ts";

/** How long a caller may be unknown: a task calls a moment before core has looked at it. */
const defaultPatienceMs = 5_000;

const askAgainMs = 60_000;
const mostAsked = 1_000;

/** The callers core knows, by address on the control network. */
export class Callers {
  readonly #bell = new Bell();
  readonly #poke: () => void;
  readonly #patienceMs: number;
  readonly #askedAt = new Map<string, number>();
  #known: ReadonlyMap<string, Caller> = new Map();

  /** `poke` asks for a look at the tasks of the services core owns; who is not known `patienceMs` later is nobody. */
  constructor(poke: () => void, patienceMs: number = defaultPatienceMs) {
    this.#poke = poke;
    this.#patienceMs = patienceMs;
  }

  /** Takes all callers of the newest look. */
  update(known: ReadonlyMap<string, Caller>): void {
    this.#known = known;
    this.#bell.ring();
  }

  /** Who has this address. Asks for a look and waits a little when nobody has; then `undefined`. */
  async identify(address: string, signal: AbortSignal): Promise<Caller | undefined> {
    using bell = this.#bell.listen();
    const until = performance.now() + this.#patienceMs;
    this.#askFor(address);
    for (;;) {
      const caller = this.#known.get(address);
      const left = until - performance.now();
      if (caller !== undefined || left <= 0 || signal.aborted) return caller;
      await bell.wait(left, signal);
    }
  }

  /** True for an address that one of our own roles has. */
  has(address: string): boolean {
    return this.#known.has(address);
  }

  /** One look per unknown address and minute: whoever keeps calling must not keep core looking. */
  #askFor(address: string): void {
    const now = performance.now();
    for (const [asked, at] of this.#askedAt) if (now - at > askAgainMs) this.#askedAt.delete(asked);
    if (this.#known.has(address) || this.#askedAt.has(address) || this.#askedAt.size >= mostAsked) return;
    this.#askedAt.set(address, now);
    this.#poke();
  }
}
