/**
 * When a changed structure is due: a burst of changes should cost one reload, and nobody should wait for long.
 */
import type { Clock } from "../runtime/wait.ts";

/** It has been quiet for this long, … */
const quietMs = 500;
/**
 * … or this long has passed since the first change; in an endless burst it is the least distance between two reloads. With the second that
 * a reload drains it is the three that a task has between its leaving and its end: an operator's template has endpoints in nginx.conf.
 */
const longestMs = 2_000;

/** The changes of the structure since the last reload. */
export class Batch {
  readonly #clock: Clock;
  #firstMs: number | undefined;
  #lastMs = 0;

  constructor(clock: Clock = () => performance.now()) {
    this.#clock = clock;
  }

  /** Takes note of a change. */
  add(): void {
    this.#lastMs = this.#clock();
    this.#firstMs ??= this.#lastMs;
  }

  /** Forgets the changes: they are being made, or nothing of them is left to do. */
  clear(): void {
    this.#firstMs = undefined;
  }

  /** How long it is until they should be made; 0 when they are due, or there are none. */
  get leftMs(): number {
    if (this.#firstMs === undefined) return 0;
    const dueMs = Math.min(this.#lastMs + quietMs, this.#firstMs + longestMs);
    return Math.max(0, dueMs - this.#clock());
  }
}
