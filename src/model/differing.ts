/**
 * What differs between two lists of which the newer was made of the older one's elements.
 */

/**
 * The elements that are in one list only, by identity; those of the older list and of the newer.
 *
 * Shape: exact for lists sorted by key without repetition, in one walk; of lists in another order it may be more. What is not in the answer is in both
 * lists, in the same order.
 */
export function differing<T>(
  older: readonly T[],
  newer: readonly T[],
  keyOf: (element: T) => string,
): { readonly gone: readonly T[]; readonly come: readonly T[] } {
  const gone: T[] = [];
  const come: T[] = [];
  let [at, now] = [0, 0];
  for (;;) {
    const run = sameRun(older, at, newer, now);
    at += run;
    now += run;
    const [before, element] = [older[at], newer[now]];
    if (before !== undefined && (element === undefined || keyOf(before) <= keyOf(element))) {
      gone.push(before);
      at += 1;
    } else if (element !== undefined) {
      come.push(element);
      now += 1;
    } else return { gone, come };
  }
}

/**
 * How many elements from these places on are the very same ones.
 *
 * Why a function of its own: nothing else is in its loop, so it is fast from early on, and it walks over all but a few of tens of thousands.
 */
export function sameRun(older: readonly unknown[], at: number, newer: readonly unknown[], now: number): number {
  const most = Math.min(older.length - at, newer.length - now);
  let run = 0;
  while (run < most && older[at + run] === newer[now + run]) run += 1;
  return run;
}

/** How many elements of a list come before: those that do stand first in it. Not all of a long list is looked at. */
export function firstNot<T>(list: readonly T[], comesBefore: (element: T) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const element = list[middle];
    if (element !== undefined && comesBefore(element)) low = middle + 1;
    else high = middle;
  }
  return low;
}
