/**
 * A bell that many may wait for: whoever waits wakes at the next ring. Nothing is queued: what to do is looked up
 * after waking (latest wins).
 */

/** Rings and waits. A ring that nobody waited for is remembered once per listener. */
export class Bell {
  readonly #listeners = new Set<Listener>();

  /** Wakes every listener. */
  ring(): void {
    for (const listener of this.#listeners) listener.wake();
  }

  /** Registers a listener; rings from now on are not missed. Close it when done. */
  listen(): Listener {
    const listener = new Listener(() => this.#listeners.delete(listener));
    this.#listeners.add(listener);
    return listener;
  }
}

/** One who waits for a {@link Bell}. */
export class Listener implements Disposable {
  #rung = false;
  #resolve: (() => void) | undefined;
  readonly #close: () => void;

  constructor(close: () => void) {
    this.#close = close;
  }

  /** Called by the bell. */
  wake(): void {
    this.#rung = true;
    this.#resolve?.();
  }

  /** Waits for a ring since the last wait, at most `mostMs`; ends early when the signal fires. True when it rang. */
  async wait(mostMs: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#rung && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, mostMs);
      const wake = (): void => resolve();
      signal.addEventListener("abort", wake);
      this.#resolve = wake;
      await promise;
      this.#resolve = undefined;
      signal.removeEventListener("abort", wake);
      clearTimeout(timer);
    }
    const rung = this.#rung;
    this.#rung = false;
    return rung;
  }

  [Symbol.dispose](): void {
    this.#close();
  }
}
