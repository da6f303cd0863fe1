/**
 * So many at a time: the others wait for their turn.
 */
import { Bell } from "./bell.ts";

/** Nobody is woken by time alone. */
const longMs = 60_000;

/** Hands out turns. Whoever waits longest is next, but for somebody who comes at the very moment. */
export class Turns {
  readonly #most: number;
  readonly #longestMs: number;
  readonly #bell = new Bell();
  #taken = 0;

  /** `most` at a time; one that takes longer than `longestMs` no longer counts, so that whoever never ends holds up nobody for good. */
  constructor(most: number, longestMs: number) {
    this.#most = most;
    this.#longestMs = longestMs;
  }

  /** Waits for a turn, which ends when it is disposed of. When the signal fires there is nothing to wait for. */
  async take(signal: AbortSignal): Promise<Disposable> {
    using bell = this.#bell.listen();
    while (this.#taken >= this.#most && !signal.aborted) await bell.wait(longMs, signal);
    this.#taken += 1;
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      this.#taken -= 1;
      this.#bell.ring();
    };
    const timer = setTimeout(end, this.#longestMs);
    return { [Symbol.dispose]: end };
  }
}
