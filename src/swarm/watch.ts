/**
 * Looking at the Swarm, again and again, at two speeds (D10): everything on events and every poll interval; the tasks of converging services a few times a second.
 */
import { isInterlockError, sentenceOf } from "../model/errors.ts";
import type { Snapshot, SwarmService } from "../model/snapshot.ts";
import { Loop, type LoopOptions } from "../runtime/loop.ts";
import { sleep, type Clock } from "../runtime/wait.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Docker } from "./client.ts";
import { convergingServices, heat, unsettledServices } from "./converging.ts";
import { followEvents } from "./events.ts";
import { carryOver, changedServices, withTasks } from "./merge.ts";
import { observe, observeTasks, type Observed } from "./observe.ts";
import { isBlind } from "./sight.ts";

/** What a watch needs to know; milliseconds. */
export interface WatchOptions {
  /** Longest time between two full looks. */
  readonly pollIntervalMs: number;
  /** Hears every snapshot that differs from the one before, and the first. Parts that did not change are the same objects. */
  readonly onSnapshot: (snapshot: Snapshot) => void;
  /** Hears why a look failed; the last snapshot stands. */
  readonly onFailure?: (failure: LookFailure) => void;
  /** Hears when sight is lost, and when it is back, after the snapshot that was seen then. */
  readonly onSight?: (blind: boolean) => void;
  /** Which services are worth hot looks; absent: all. */
  readonly concerns?: (service: SwarmService) => boolean;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly hotIntervalMs?: number;
  readonly quietMs?: number;
  readonly longestMs?: number;
}

/** A look that failed. */
export interface LookFailure {
  readonly error: unknown;
  /** How many failed in a row. */
  readonly failures: number;
  /** How old the last complete look is; absent when there was none. */
  readonly ageMs?: number;
}

/** What a watch knows right now, for `status`. */
export interface WatchState {
  readonly snapshot?: Snapshot;
  /** Age of the last complete look; absent before the first. */
  readonly ageMs?: number;
  /** Why the last look failed, while an older snapshot stands (or none). */
  readonly failure?: string;
  /** What is known is so old that it need not be so any more; see {@link isBlind}. */
  readonly blind: boolean;
}

/** How often it is looked whether sight is lost. */
const sightEveryMs = 250;

/** A watch over one Swarm; {@link Watch.run} it once. */
export class Watch {
  readonly #docker: Observed & Pick<Docker, "events">;
  readonly #options: WatchOptions;
  readonly #clock: Clock;
  readonly #loop: Loop;
  readonly #lastChanges = new Map<string, number>();
  #snapshot: Snapshot | undefined;
  #lookedAt = 0;
  #failure: string | undefined;
  /** When the first look began of those that have shown nothing since the last good one. */
  #unseenSince: number | undefined;
  #usualMs = 0;
  #wantsAll = true;

  constructor(docker: Observed & Pick<Docker, "events">, options: WatchOptions) {
    this.#docker = docker;
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
    this.#loop = new Loop({
      quietMs: options.quietMs ?? 50,
      longestMs: options.longestMs ?? 250,
      everyMs: options.pollIntervalMs,
      firstBackoffMs: 200,
      mostBackoffMs: Math.min(options.pollIntervalMs, 5_000),
      onFailure: (error, failures) => this.#failed(error, failures),
      clock: this.#clock,
    } satisfies LoopOptions);
  }

  /** Watches until the signal fires. Fails: only with a defect; engines that are away are waited for. */
  async run(signal: AbortSignal): Promise<void> {
    const both = new AbortController();
    const end = (): void => both.abort();
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    try {
      // Whichever fails first ends the other.
      await Promise.all(
        [
          this.#loop.run(async (s) => await this.#pass(s), both.signal),
          this.#listen(both.signal),
          this.#mindSight(both.signal),
        ].map(async (part) => await part.finally(end)),
      );
    } finally {
      signal.removeEventListener("abort", end);
    }
  }

  /** Asks for a look at once: at the tasks of these services (a proxy could not reach one), or at everything. */
  poke(serviceIds?: readonly string[]): void {
    if (serviceIds === undefined) this.#wantsAll = true;
    else for (const id of serviceIds) this.#lastChanges.set(id, this.#clock());
    this.#loop.hurry();
  }

  /** What is known right now. */
  state(): WatchState {
    const unseenForMs = this.#unseenSince === undefined ? undefined : this.#clock() - this.#unseenSince;
    return {
      blind: isBlind({ ...(unseenForMs === undefined ? {} : { unseenForMs }), usualMs: this.#usualMs }),
      ...(this.#snapshot === undefined ? {} : { snapshot: this.#snapshot, ageMs: this.#clock() - this.#lookedAt }),
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
    };
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    const onLost = (error: unknown, failures: number): void => {
      // Polling goes on; once per outage is enough.
      if (failures === 1) log.warn({ err: error }, "Event stream lost");
    };
    for await (const event of followEvents(this.#docker, { onLost }, signal)) {
      this.#wantsAll = true;
      log.debug(event.kind === "change" ? { event: event.event } : {}, "Swarm event heard");
      this.#loop.trigger();
    }
  }

  async #mindSight(signal: AbortSignal): Promise<void> {
    const { onSight, log } = this.#options;
    let was = false;
    while (!signal.aborted) {
      const { blind, ageMs } = this.state();
      if (blind && !was) log.warn({ ageMs }, "Swarm not seen any more");
      if (blind !== was) onSight?.(blind);
      was = blind;
      await sleep(sightEveryMs, signal);
    }
  }

  async #pass(signal: AbortSignal): Promise<number | undefined> {
    const startedAt = this.#clock();
    this.#unseenSince ??= startedAt;
    const due = this.#wantsAll || startedAt - this.#lookedAt >= this.#options.pollIntervalMs;
    if (due || this.#snapshot === undefined) await this.#lookAtAll(signal);
    else await this.#lookAtTasks(this.#snapshot, signal);
    this.#unseenSince = undefined;
    return this.#nextInMs(startedAt);
  }

  async #lookAtAll(signal: AbortSignal): Promise<void> {
    // Before the look: an event that comes during it must lead to another.
    this.#wantsAll = false;
    const startedAt = this.#clock();
    this.#take(await observe(this.#docker, signal), startedAt);
    if (this.#failure !== undefined) this.#options.log.info("Swarm seen again");
    this.#failure = undefined;
    this.#lookedAt = startedAt;
    this.#usualMs = this.#clock() - startedAt;
  }

  async #lookAtTasks(snapshot: Snapshot, signal: AbortSignal): Promise<void> {
    const hot = this.#hot(snapshot);
    const { tasks, gone } = await observeTasks(this.#docker, hot, signal);
    if (gone.length > 0) this.#wantsAll = true;
    this.#take(withTasks(snapshot, hot, tasks), this.#clock());
    if (gone.length > 0) this.#loop.hurry();
  }

  /** Makes a snapshot the current one, and tells whoever listens when it is news. */
  #take(seen: Snapshot, at: number): void {
    const previous = this.#snapshot;
    const next = previous === undefined ? seen : carryOver(previous, seen);
    // At the first look nobody knows what just changed; what is settled is taken for old.
    const changed = previous === undefined ? unsettledServices(next) : changedServices(previous, next);
    for (const id of changed) this.#lastChanges.set(id, at);
    for (const [id, changedAt] of this.#lastChanges) {
      if (at - changedAt > heat.unsettledMs) this.#lastChanges.delete(id);
    }
    this.#snapshot = next;
    if (next !== previous) this.#options.onSnapshot(next);
  }

  #hot(snapshot: Snapshot): readonly string[] {
    const { concerns } = this.#options;
    const services = concerns === undefined ? snapshot.services : snapshot.services.filter(concerns);
    return convergingServices({ ...snapshot, services }, this.#lastChanges, this.#clock());
  }

  #nextInMs(startedAt: number): number | undefined {
    if (this.#snapshot === undefined) return undefined;
    const now = this.#clock();
    const untilPollMs = Math.max(0, this.#lookedAt + this.#options.pollIntervalMs - now);
    if (this.#hot(this.#snapshot).length === 0) return untilPollMs;
    // Looks that take long (a very large Swarm) are made less often: a fifth of the time at most.
    return Math.min(untilPollMs, Math.max(this.#options.hotIntervalMs ?? 250, 4 * (now - startedAt)));
  }

  #failed(error: unknown, failures: number): void {
    // Not the engine's doing: repeating would only hide it.
    if (!isInterlockError(error)) throw error;
    const { ageMs } = this.state();
    this.#failure = sentenceOf(error);
    // Whatever failed, a whole look shows that it is over.
    this.#wantsAll = true;
    const { log, onFailure } = this.#options;
    log.warn({ err: error, failures, ageMs }, "Look at the Swarm failed");
    onFailure?.({ error, failures, ...(ageMs === undefined ? {} : { ageMs }) });
  }
}
