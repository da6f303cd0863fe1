/**
 * The status board: what each part last said, put together when somebody asks.
 */
import type { Problem } from "../model/problem.ts";
import type { Status, Trouble } from "../model/status.ts";
import type { Clock } from "../runtime/wait.ts";
import type { Ledger } from "./ledger.ts";

/** Gathers what `status` shows. */
export class Board {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #version: string;
  readonly #notices: readonly string[];
  #lookedAt: number | undefined;
  #lookFailure: string | undefined;
  #problems: readonly Problem[] = [];
  #troubles: readonly Trouble[] = [];

  constructor(ledger: Ledger, clock: Clock, version: string, notices: readonly string[]) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#version = version;
    this.#notices = notices;
  }

  /** A complete look succeeded. */
  looked(): void {
    this.#lookedAt = this.#clock();
    this.#lookFailure = undefined;
  }

  /** A look failed; the last good one stands. */
  lookFailed(sentence: string): void {
    this.#lookFailure = sentence;
  }

  /** Takes the findings of the newest decision. */
  problems(problems: readonly Problem[]): void {
    this.#problems = problems;
  }

  /** Takes what could not be done to the services core owns. */
  troubles(troubles: readonly Trouble[]): void {
    this.#troubles = troubles;
  }

  /** Everything, now. */
  status(): Status {
    return {
      version: this.#version,
      ...(this.#lookedAt === undefined ? {} : { lookAgeS: Math.round((this.#clock() - this.#lookedAt) / 100) / 10 }),
      ...(this.#lookFailure === undefined ? {} : { lookFailure: this.#lookFailure }),
      clusters: this.#ledger.status(),
      problems: this.#problems,
      troubles: this.#troubles,
      notices: this.#notices,
    };
  }
}
