/**
 * How often everything is looked at. Pure.
 */

/** What looking costs and what it is for. */
export interface Pace {
  /** `PollInterval`. */
  readonly pollIntervalMs: number;
  /** What whole looks take ({@link UsualLook}). */
  readonly usualMs: number;
  /** Whether the engine's events arrive. */
  readonly hearing: boolean;
}

/** While events arrive, whole looks take at most this part of the time, and of a CPU … */
const share = 1 / 30;

/** … but are not further apart than this for it. */
export const longestPaceMs = 60_000;

/** How many whole looks are asked how long they took. */
const asked = 5;

/** What whole looks cost: the quickest of the last five, so that an engine that was slow once is not left unseen for it. */
export class UsualLook {
  #last: readonly number[] = [];

  /** Takes what another one took, in milliseconds of time and of CPU: helper threads work while it waits for the engine. */
  took(wallMs: number, cpuMs: number): void {
    this.#last = [Math.max(wallMs, cpuMs), ...this.#last].slice(0, asked);
  }

  /** Milliseconds; 0 before the first. */
  get ms(): number {
    return this.#last.length === 0 ? 0 : Math.min(...this.#last);
  }
}

/**
 * Longest time between the beginnings of two whole looks, in milliseconds.
 *
 * While events arrive, a look that nothing asked for finds only what no event tells: tasks that ended by themselves, of which the proxies tell
 * as soon as a request meets one. At 10,000 services a manager writes 91 MB for a look. Where that takes a second, it would be a third of a core of
 * its own every `PollInterval`.
 */
export function wholeLookEveryMs({ pollIntervalMs, usualMs, hearing }: Pace): number {
  return hearing ? Math.max(pollIntervalMs, Math.min(usualMs / share, longestPaceMs)) : pollIntervalMs;
}
