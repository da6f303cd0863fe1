/**
 * The reconciler's heart: one pass at a time, and between passes just enough waiting.
 */
import { backoffMs, sleep as realSleep, type Clock } from "./wait.ts";

/** How a loop paces itself; milliseconds. */
export interface LoopOptions {
  /** After a trigger, a pass waits until no other came for this long … */
  readonly quietMs: number;
  /** … but not longer than this after the first. */
  readonly longestMs: number;
  /** A pass without a trigger at least this often. */
  readonly everyMs: number;
  readonly firstBackoffMs: number;
  readonly mostBackoffMs: number;
  /** Hears why a pass failed and how many failed in a row. What it throws ends the loop: for errors that no repetition mends. */
  readonly onFailure: (error: unknown, failures: number) => void;
  readonly clock?: Clock;
  readonly sleep?: typeof realSleep;
  readonly random?: () => number;
}

/** One pass. It may say in how many milliseconds it wants the next one, if that is earlier than `everyMs`. */
export type Pass = (signal: AbortSignal) => Promise<number | void>;

/**
 * Runs passes: the first at once, then after each trigger, and now and then by itself.
 *
 * Shape: at most one pass runs; triggers during a pass lead to one more. A pass is followed by a rest as long as itself, so that a slow engine
 * is left alone half of the time. A failed pass is repeated after a jittered backoff, which triggers do not shorten.
 */
export class Loop {
  readonly #options: LoopOptions;
  readonly #clock: Clock;
  readonly #sleep: typeof realSleep;
  #firstTrigger: number | undefined;
  #lastTrigger = 0;
  #hurried = false;
  #wake: () => void = () => {};

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
    this.#sleep = options.sleep ?? realSleep;
  }

  /** Asks for a pass when it got quiet. */
  trigger(): void {
    this.#lastTrigger = this.#clock();
    this.#firstTrigger ??= this.#lastTrigger;
    this.#wake();
  }

  /** Asks for a pass without waiting for quiet. */
  hurry(): void {
    this.#hurried = true;
    this.#wake();
  }

  /** Runs until the signal fires. Fails: only with what `onFailure` throws. */
  async run(pass: Pass, signal: AbortSignal): Promise<void> {
    const { everyMs, firstBackoffMs, mostBackoffMs, onFailure, random } = this.#options;
    let failures = 0;
    let dueAt = this.#clock();
    let restUntil = dueAt;
    while (!signal.aborted) {
      await this.#untilDue(dueAt, restUntil, signal);
      if (signal.aborted) return;
      this.#firstTrigger = undefined;
      this.#hurried = false;
      const startedAt = this.#clock();
      try {
        const wantedMs = await pass(signal);
        failures = 0;
        const endedAt = this.#clock();
        restUntil = endedAt + (endedAt - startedAt);
        dueAt = endedAt + Math.min(wantedMs ?? everyMs, everyMs);
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        onFailure(error, failures);
        dueAt = this.#clock() + backoffMs(failures - 1, firstBackoffMs, mostBackoffMs, random);
        restUntil = dueAt;
      }
    }
  }

  async #untilDue(dueAt: number, restUntil: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = this.#clock();
      const wanted = this.#hurried ? now : Math.min(dueAt, this.#quietAt());
      const left = Math.max(wanted, restUntil) - now;
      if (left <= 0) return;
      await this.#pause(left, signal);
    }
  }

  #quietAt(): number {
    if (this.#firstTrigger === undefined) return Infinity;
    return Math.min(this.#lastTrigger + this.#options.quietMs, this.#firstTrigger + this.#options.longestMs);
  }

  /** Sleeps; a trigger ends it early, so that the time left is counted again. */
  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const early = new AbortController();
    const wake = (): void => early.abort();
    this.#wake = wake;
    signal.addEventListener("abort", wake, { once: true });
    try {
      // setTimeout takes 2^31 ms at most; whoever calls counts again.
      await this.#sleep(Math.min(ms, 2 ** 31 - 1), early.signal);
    } finally {
      signal.removeEventListener("abort", wake);
      this.#wake = () => {};
    }
  }
}
