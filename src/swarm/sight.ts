/**
 * Whether what was seen of the Swarm can still be relied on. Pure.
 */

/** How much longer than usual a look may take, or looks may fail, before it counts. */
const patienceMs = 3_000;

/** How looking goes. */
export interface Looking {
  /** For how long there has been something to look at that was not seen: since the first look began that has not come to an end or failed. */
  readonly unseenForMs?: number;
  /** How long whole looks take. */
  readonly usualMs: number;
}

/**
 * True when core does not see the Swarm any more, and proxies do better to ask Docker's DNS (record 0013).
 *
 * Why not by the age of the last look: a quiet Swarm is looked at every `PollInterval` only, and what is old because nothing was due is right.
 */
export function isBlind({ unseenForMs, usualMs }: Looking): boolean {
  return unseenForMs !== undefined && unseenForMs > patienceMs + usualMs;
}
