/**
 * The two ends of a wait: the caller gives up, or time is up.
 */

/** A signal that fires when the caller's does or after a time; dispose it when the wait is over. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;
  #expired = false;

  constructor(timeoutMs: number, caller: AbortSignal | undefined) {
    this.#caller = caller;
    this.#timer = setTimeout(() => {
      this.#expired = true;
      this.#controller.abort();
    }, timeoutMs);
    // By hand instead of AbortSignal.any: the process-wide signal would otherwise gather one dependant per call.
    if (caller?.aborted === true) this.#abort();
    else caller?.addEventListener("abort", this.#abort, { once: true });
  }

  readonly #abort = (): void => this.#controller.abort(this.#caller?.reason);

  /** Fires at the first of both. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** True when it was the time. */
  get expired(): boolean {
    return this.#expired;
  }

  /** From here on only the caller ends the wait: for a stream that has begun. */
  lift(): void {
    clearTimeout(this.#timer);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener("abort", this.#abort);
  }
}
