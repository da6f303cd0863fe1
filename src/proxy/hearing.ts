/**
 * Whether core can be relied on for endpoints: when it was last heard, and whether it sees the Swarm.
 */
import type { Word } from "../model/offer.ts";
import type { Bell } from "../runtime/bell.ts";
import type { Clock } from "../runtime/wait.ts";

/** Core says something every second; three times nothing is silence. The stream may still stand: it is given up much later. */
const silenceMs = 3_000;

/** Listens to the messages of all streams. A core that has not been heard yet is silent: a last good may be hours old. */
export class Hearing {
  readonly #bell: Bell;
  readonly #clock: Clock;
  #heardAt = Number.NEGATIVE_INFINITY;
  #blind = false;

  /** The bell is rung when core says that it is blind, or sees again. */
  constructor(bell: Bell, clock: Clock = () => performance.now()) {
    this.#bell = bell;
    this.#clock = clock;
  }

  /** Takes a message. */
  heard({ blind }: Word): void {
    this.#heardAt = this.#clock();
    if (blind === this.#blind) return;
    this.#blind = blind;
    this.#bell.ring();
  }

  /** Why core cannot be relied on; `undefined` while it can. */
  get lack(): "silent" | "blind" | undefined {
    if (this.silentInMs <= 0) return "silent";
    return this.#blind ? "blind" : undefined;
  }

  /** When core will count as silent unless it is heard until then. */
  get silentInMs(): number {
    return this.#heardAt + silenceMs - this.#clock();
  }
}
