/**
 * The lifetime of a process: named tasks that run until one fails or the process is told to end.
 */
import type { Logger } from "../telemetry/log.ts";

const endSignals = ["SIGTERM", "SIGINT", "SIGQUIT"] as const;

/** Runs tasks side by side; the first failure, or a signal of the system, aborts all of them. */
export class Scope {
  readonly #controller = new AbortController();
  readonly #tasks: Promise<void>[] = [];
  readonly #log: Logger;
  #failure: { readonly error: unknown } | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Fires when the process should end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Starts a supervised task. It should end when the signal fires; ending earlier without an error is fine. */
  run(name: string, task: (signal: AbortSignal) => Promise<void>): void {
    this.#tasks.push(
      task(this.signal).catch((error: unknown) => {
        // Errors that follow from the abort itself are not news.
        if (this.signal.aborted) return;
        this.#failure ??= { error };
        this.#log.debug({ task: name }, "Task failed");
        this.#controller.abort();
      }),
    );
  }

  /** Asks everything to end. */
  end(): void {
    this.#controller.abort();
  }

  /**
   * Waits until every task has ended; SIGTERM, SIGINT and SIGQUIT (a proxy's documented stop signal) end them.
   *
   * Fails: with the error of the first task that failed.
   */
  async done(): Promise<void> {
    const end = (): void => this.end();
    for (const name of endSignals) process.once(name, end);
    try {
      await Promise.all(this.#tasks);
    } finally {
      for (const name of endSignals) process.off(name, end);
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
