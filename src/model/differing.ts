/**
 * What differs between two lists of which the newer was made of the older one's elements.
 */

/**
 * The elements that are in one list only, by identity; those of the older list and of the newer.
 *
 * Shape: exact for lists sorted by id without repetition, in one walk; of lists in another order it may be more. What is not in the answer is in both
 * lists, in the same order.
 */
export function differing<T extends { readonly id: string }>(
  older: readonly T[],
  newer: readonly T[],
): { readonly gone: readonly T[]; readonly come: readonly T[] } {
  const gone: T[] = [];
  const come: T[] = [];
  let at = 0;
  for (const element of newer) {
    let before = older[at];
    while (before !== undefined && before !== element && before.id <= element.id) {
      gone.push(before);
      at += 1;
      before = older[at];
    }
    if (before === element) at += 1;
    else come.push(element);
  }
  for (; at < older.length; at += 1) {
    const before = older[at];
    if (before !== undefined) gone.push(before);
  }
  return { gone, come };
}
