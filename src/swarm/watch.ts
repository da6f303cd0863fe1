/**
 * Looking at the Swarm, again and again: at everything every poll interval (D10), at what an event names when it comes (record 0022), at the tasks of
 * converging services a few times a second.
 */
import { isInterlockError, sentenceOf } from "../model/errors.ts";
import { remembering } from "../model/remembering.ts";
import type { Snapshot, SwarmService } from "../model/snapshot.ts";
import { Loop, type LoopOptions } from "../runtime/loop.ts";
import { sleep, type Clock } from "../runtime/wait.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Docker, EngineEvent } from "./client.ts";
import { convergingServices, heat, unsettledServices } from "./converging.ts";
import { followEvents } from "./events.ts";
import { carryOver, changedServices, withServices, withTasks } from "./merge.ts";
import { Gathered } from "./news.ts";
import { observe, observePart, type Observed } from "./observe.ts";
import { longestPaceMs, UsualLook, wholeLookEveryMs } from "./pace.ts";
import { isBlind } from "./sight.ts";

/** What a watch needs to know; milliseconds. */
export interface WatchOptions {
  /** Longest time between two full looks, as long as they cost little ({@link wholeLookEveryMs}). */
  readonly pollIntervalMs: number;
  /**
   * Says whether a snapshot counts that differs from the one before, or is the first; absent: all do. One that does not count goes nowhere: the last
   * one stands, and everything is looked at again soon. The first whole look after that is asked about whatever it is like.
   */
  readonly believes?: (snapshot: Snapshot, look: LookKind, signal: AbortSignal) => Promise<boolean>;
  /** Hears every snapshot that counts and differs from the one before, and the first. Parts that did not change are the same objects. */
  readonly onSnapshot: (snapshot: Snapshot) => void;
  /** Hears what the engine says by itself, before the look it leads to. */
  readonly onEvent?: (event: EngineEvent) => void;
  /** Hears why a look failed; the last snapshot stands. */
  readonly onFailure?: (failure: LookFailure) => void;
  /** Hears when sight is lost, and when it is back, after the snapshot that was seen then. */
  readonly onSight?: (blind: boolean) => void;
  /** Which services are worth hot looks; absent: all. */
  readonly concerns?: (service: SwarmService) => boolean;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly hotIntervalMs?: number;
  /** How often everything is looked at after a whole look that does not count. */
  readonly heldIntervalMs?: number;
  readonly quietMs?: number;
  readonly longestMs?: number;
}

/** At everything, or at some of it, the rest being as it was. */
export type LookKind = "whole" | "part";

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
  /** Age of the last complete look that counts; absent before the first. */
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
  /** The services worth hot looks; the same list for the same list. */
  readonly #concerned: (services: readonly SwarmService[]) => readonly SwarmService[];
  #snapshot: Snapshot | undefined;
  /** When the last complete look began, and the last that counts. */
  #lookedAt = 0;
  #seenAt = 0;
  /** True when the last whole look does not count. */
  #held = false;
  #failure: string | undefined;
  /** When the first look began of those that have shown nothing since the last good one. */
  #unseenSince: number | undefined;
  #latestMs = 0;
  readonly #usual = new UsualLook();
  #hearing = false;
  #wantsAll = true;
  readonly #named = new Gathered();

  constructor(docker: Observed & Pick<Docker, "events">, options: WatchOptions) {
    this.#docker = docker;
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
    const { concerns } = options;
    this.#concerned = remembering((services) => (concerns === undefined ? services : services.filter(concerns)));
    this.#loop = new Loop({
      quietMs: options.quietMs ?? 50,
      longestMs: options.longestMs ?? 250,
      everyMs: Math.max(options.pollIntervalMs, longestPaceMs),
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
      // A look that is held back shows no more than one that failed.
      blind: this.#held || isBlind({ ...(unseenForMs === undefined ? {} : { unseenForMs }), usualMs: this.#latestMs }),
      ...(this.#snapshot === undefined ? {} : { snapshot: this.#snapshot, ageMs: this.#clock() - this.#seenAt }),
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
    };
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    const onLost = (error: unknown, failures: number): void => {
      this.#hearing = false;
      // Polling goes on; once per outage is enough.
      if (failures > 1) return;
      log.warn({ err: error }, "Event stream lost");
      // When to look next was chosen while events came.
      this.#wantsAll = true;
      this.#loop.trigger();
    };
    for await (const event of followEvents(this.#docker, { onLost }, signal)) {
      this.#hearing = true;
      if (event.kind === "change") {
        this.#options.onEvent?.(event.event);
        // While looks are held back, only whole ones say whether they have to be.
        if (this.#named.add(event.event) || this.#held) this.#wantsAll = true;
      } else this.#wantsAll = true;
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

  async #pass(signal: AbortSignal): Promise<number> {
    const startedAt = this.#clock();
    this.#unseenSince ??= startedAt;
    const due = this.#wantsAll || startedAt >= this.#wholeLookAt();
    if (due || this.#snapshot === undefined) await this.#lookAtAll(signal);
    else await this.#lookAtPart(this.#snapshot, signal);
    this.#unseenSince = undefined;
    return this.#nextInMs(startedAt);
  }

  async #lookAtAll(signal: AbortSignal): Promise<void> {
    // Before the look: an event that comes during it must lead to another.
    this.#wantsAll = false;
    this.#named.take();
    const [startedAt, cpuBefore] = [this.#clock(), process.cpuUsage()];
    const counts = await this.#take(await observe(this.#docker, signal), "whole", startedAt, signal);
    if (this.#failure !== undefined) this.#options.log.info("Swarm seen again");
    this.#failure = undefined;
    this.#lookedAt = startedAt;
    if (counts) this.#seenAt = startedAt;
    this.#latestMs = this.#clock() - startedAt;
    const { user, system } = process.cpuUsage(cpuBefore);
    this.#usual.took(this.#latestMs, (user + system) / 1_000);
  }

  async #lookAtPart(snapshot: Snapshot, signal: AbortSignal): Promise<void> {
    const news = this.#named.take();
    const hot = this.#hot(snapshot);
    const { services, tasks, gone, ...lists } = await observePart(this.#docker, news, hot, signal);
    // What the last whole look says already is no reason for another.
    const isNews = gone.length > 0 && !this.#held;
    if (isNews) this.#wantsAll = true;
    const known = { ...withServices(snapshot, news.services, services), ...lists };
    const asked = [...news.services.union(new Set(hot))];
    await this.#take(withTasks(known, asked, tasks), "part", this.#clock(), signal);
    if (isNews) this.#loop.hurry();
  }

  /** Makes a snapshot the current one when it counts, and tells whoever listens when it is news. The answer is whether it counts. */
  async #take(seen: Snapshot, look: LookKind, at: number, signal: AbortSignal): Promise<boolean> {
    const previous = this.#snapshot;
    const next = previous === undefined ? seen : carryOver(previous, seen);
    if (!(await this.#counts(next, look, signal))) {
      // Services their owners are changing are looked at hot all the same.
      const before = new Set(previous?.services);
      for (const service of next.services) if (!before.has(service)) this.#lastChanges.set(service.id, at);
      return false;
    }
    // At the first look nobody knows what just changed; what is settled is taken for old.
    const changed = previous === undefined ? unsettledServices(next) : changedServices(previous, next);
    for (const id of changed) this.#lastChanges.set(id, at);
    for (const [id, changedAt] of this.#lastChanges) {
      if (at - changedAt > heat.unsettledMs) this.#lastChanges.delete(id);
    }
    this.#snapshot = next;
    if (next !== previous) this.#options.onSnapshot(next);
    return true;
  }

  async #counts(next: Snapshot, look: LookKind, signal: AbortSignal): Promise<boolean> {
    const { believes } = this.#options;
    const endsHold = look === "whole" && this.#held;
    if (believes === undefined || (next === this.#snapshot && !endsHold)) return true;
    const counts = await believes(next, look, signal);
    if (look === "whole") this.#held = !counts;
    // What a look at some of it says alone, a whole one may say too, or not.
    else if (!counts && !this.#held) this.#wantsAll = true;
    return counts;
  }

  #wholeLookAt(): number {
    const { pollIntervalMs, heldIntervalMs = 1_000 } = this.#options;
    if (this.#held) return this.#lookedAt + heldIntervalMs;
    return this.#lookedAt + wholeLookEveryMs({ pollIntervalMs, usualMs: this.#usual.ms, hearing: this.#hearing });
  }

  #hot(snapshot: Snapshot): readonly string[] {
    const services = this.#concerned(snapshot.services);
    return convergingServices({ ...snapshot, services }, this.#lastChanges, this.#clock());
  }

  #nextInMs(startedAt: number): number {
    const now = this.#clock();
    const untilWholeMs = Math.max(0, this.#wholeLookAt() - now);
    if (this.#snapshot === undefined || this.#hot(this.#snapshot).length === 0) return untilWholeMs;
    // Looks that take long (a very large Swarm) are made less often: a fifth of the time at most.
    return Math.min(untilWholeMs, Math.max(this.#options.hotIntervalMs ?? 250, 4 * (now - startedAt)));
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
