/**
 * Asking proxies for what core knew before it was started anew: only while there are services that need it, each proxy once, and before
 * it is offered anything (record 0014).
 */
import type { Caller } from "../model/caller.ts";
import type { Memories } from "../model/memory.ts";
import type { ServiceClusterName } from "../model/names.ts";
import type { Serving } from "../model/offer.ts";
import { Bell } from "../runtime/bell.ts";

/** How long the offers of one proxy wait for its answer. */
const defaultAnswerMs = 3_000;

/** How long proxies may take to come back to a new core: their longest pause between two tries, and their answer. */
const defaultGatherMs = 8_000;

/** What a recall works with; milliseconds. */
export interface RecallParts {
  /** Takes what a proxy of a cluster keeps. */
  readonly onMemories: (cluster: ServiceClusterName, memories: Memories) => void;
  readonly answerMs?: number;
  readonly gatherMs?: number;
}

/** The memory of core's proxies. */
export class Recall {
  readonly #parts: RecallParts;
  readonly #bell = new Bell();
  /** Tasks whose answer is awaited. */
  readonly #asked = new Set<string>();
  /** Those of the expected that have answered, or have nothing to say. */
  readonly #heard = new Set<string>();
  #needed: ReadonlySet<string> = new Set();
  #expected: ReadonlySet<string> | undefined;
  #untilMs = Number.POSITIVE_INFINITY;

  constructor(parts: RecallParts) {
    this.#parts = parts;
  }

  /** The ids of the services that something is asked for. */
  get needed(): ReadonlySet<string> {
    return this.#needed;
  }

  /** Takes the first look's needs. `proxies` are the tasks that will come, where that is known. */
  begin(needed: ReadonlySet<string>, proxies: ReadonlySet<string> | undefined): void {
    this.#needed = needed;
    this.#expected = proxies;
    this.#untilMs = performance.now() + (this.#parts.gatherMs ?? defaultGatherMs);
    this.#bell.ring();
  }

  /** Takes what is still needed; no service is ever added. */
  narrow(isNeeded: (service: string) => boolean): void {
    if (this.#needed.size === 0) return;
    this.#needed = new Set([...this.#needed].filter(isNeeded));
    this.#bell.ring();
  }

  /** Asks one proxy for what is needed, when anything is; over when it has answered, or nothing is needed any more, or its time is up. */
  async *ask(
    { task }: Caller,
    serving: Serving,
    signal: AbortSignal,
  ): AsyncGenerator<ReadonlySet<string>, void, undefined> {
    if (this.#needed.size === 0) return;
    using bell = this.#bell.listen();
    // Who serves nothing has nothing to lose by an offer.
    if (serving.structure !== "") {
      this.#asked.add(task);
      const untilMs = performance.now() + (this.#parts.answerMs ?? defaultAnswerMs);
      yield this.#needed;
      for (;;) {
        const leftMs = untilMs - performance.now();
        if (!this.#asked.has(task) || this.#needed.size === 0 || leftMs <= 0 || signal.aborted) break;
        await bell.wait(leftMs, signal);
      }
      this.#asked.delete(task);
    }
    this.#hear(task);
  }

  /** Takes a proxy's answer; one that was not asked is not listened to. */
  answered({ task, cluster }: Caller, memories: Memories): void {
    if (!this.#asked.delete(task)) return;
    this.#parts.onMemories(cluster, memories);
    this.#hear(task);
  }

  /** Waits until no more is to be expected for now: nothing is needed, all proxies have been heard, or time is up. */
  async settled(signal: AbortSignal): Promise<void> {
    using bell = this.#bell.listen();
    while (!signal.aborted) {
      const isHeard = this.#expected !== undefined && [...this.#expected].every((task) => this.#heard.has(task));
      const leftMs = this.#untilMs - performance.now();
      if (this.#untilMs !== Number.POSITIVE_INFINITY && (this.#needed.size === 0 || isHeard || leftMs <= 0)) return;
      await bell.wait(Math.min(leftMs, 60_000), signal);
    }
  }

  #hear(task: string): void {
    if (this.#expected?.has(task) === true) this.#heard.add(task);
    this.#bell.ring();
  }
}
