/**
 * Chance that can be had again, and the ids made of it.
 */

/** Numbers from 0 to below 1. */
export type Chance = () => number;

/** A source of chance: the same seed, the same numbers. Source: mulberry32, public domain. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An id as Swarm makes them: 25 of `0-9a-z`. */
export function idOf(chance: Chance): string {
  let id = "";
  while (id.length < 25)
    id += Math.floor(chance() * 36 ** 5)
      .toString(36)
      .padStart(5, "0");
  return id;
}

/** A container's id: 64 hex digits. */
export function containerIdOf(chance: Chance): string {
  let id = "";
  while (id.length < 64)
    id += Math.floor(chance() * 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  return id;
}
