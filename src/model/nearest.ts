/**
 * The name somebody probably meant.
 */

/** More typing errors than this are no typing errors, however long the name is. */
const mostErrors = 4;

/** Longer texts are no names, and comparing costs the product of both lengths. */
const longestName = 80;

/**
 * The known name with the fewest typing errors from `text`, when those are at most a third of its letters and at most
 * four; `undefined` when nothing is near.
 *
 * Shape: of several equally near names, the first in `known`. Case does not count.
 */
export function nearest(text: string, known: Iterable<string>): string | undefined {
  const wanted = text.toLowerCase();
  const limit = Math.min(mostErrors, Math.floor(wanted.length / 3));
  if (limit === 0 || wanted.length > longestName) return undefined;
  let best: string | undefined;
  let fewest = limit + 1;
  for (const name of known) {
    if (Math.abs(name.length - wanted.length) >= fewest) continue;
    const errors = typingErrors(wanted, name.toLowerCase());
    if (errors < fewest) [best, fewest] = [name, errors];
  }
  return best;
}

/** Insertions, deletions, substitutions and swaps of neighbours between two texts (optimal string alignment). */
function typingErrors(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      row.push(cost);
    }
    [beforeLast, last] = [last, row];
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
