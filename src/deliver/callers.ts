/**
 * Who is calling: the task that has the caller's address on the control network (record 0001), or the role whose token the caller
 * shows (record 0011).
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Caller, Introduction, KnownCallers } from "../model/caller.ts";
import { Bell } from "../runtime/bell.ts";

/** How long a caller may be unknown: a task calls a moment before core has looked at it. */
const defaultPatienceMs = 5_000;

const askAgainMs = 60_000;
const mostAsked = 1_000;

const nobody: KnownCallers = { byAddress: new Map(), byToken: new Map() };

/** The callers core knows. */
export class Callers {
  readonly #bell = new Bell();
  readonly #poke: () => void;
  readonly #patienceMs: number;
  readonly #askedAt = new Map<string, number>();
  #known = nobody;

  /** `poke` asks for a look at the tasks of the services core owns; who is not known `patienceMs` later is nobody. */
  constructor(poke: () => void, patienceMs: number = defaultPatienceMs) {
    this.#poke = poke;
    this.#patienceMs = patienceMs;
  }

  /** Takes all callers of the newest look. */
  update(known: KnownCallers): void {
    this.#known = known;
    this.#bell.ring();
  }

  /** Who this is. Asks for a look and waits a little when it is nobody; then `undefined`. */
  async identify(introduction: Introduction, signal: AbortSignal): Promise<Caller | undefined> {
    using bell = this.#bell.listen();
    const until = performance.now() + this.#patienceMs;
    this.#askFor(introduction);
    for (;;) {
      const caller = this.#callerOf(introduction);
      const left = until - performance.now();
      if (caller !== undefined || left <= 0 || signal.aborted) return caller;
      await bell.wait(left, signal);
    }
  }

  /** True for one of our own roles. */
  has(introduction: Introduction): boolean {
    return this.#callerOf(introduction) !== undefined;
  }

  #callerOf({ address, token, task, node }: Introduction): Caller | undefined {
    const role = token === undefined ? undefined : this.#roleOf(token);
    if (role === undefined) return this.#known.byAddress.get(address);
    return { ...role, task: task ?? address, node: node ?? address };
  }

  #roleOf(token: string): Pick<Caller, "role" | "cluster"> | undefined {
    const shown = createHash("sha256").update(token).digest();
    const known = [...this.#known.byToken].find(([hash]) => {
      const expected = Buffer.from(hash, "hex");
      return expected.length === shown.length && timingSafeEqual(expected, shown);
    });
    return known?.[1];
  }

  /** One look per unknown address and minute: whoever keeps calling must not keep core looking. */
  #askFor(introduction: Introduction): void {
    const { address } = introduction;
    const now = performance.now();
    for (const [asked, at] of this.#askedAt) if (now - at > askAgainMs) this.#askedAt.delete(asked);
    if (this.has(introduction) || this.#askedAt.has(address) || this.#askedAt.size >= mostAsked) return;
    this.#askedAt.set(address, now);
    this.#poke();
  }
}
