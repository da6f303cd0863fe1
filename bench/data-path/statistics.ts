/**
 * Numbers of several rounds as one.
 */

/** The middle, and the two ends. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Of those that are numbers; of none, all are NaN. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.filter((value) => Number.isFinite(value)).toSorted((a, b) => a - b);
  const [below, above] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  const median = ((below ?? Number.NaN) + (above ?? Number.NaN)) / 2;
  return { median, least: sorted[0] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN };
}

/** Ratios of two series, round by round: what disturbs a whole round counts for neither, nor does a round that lacks one of them (NaN). */
export function ratios(a: readonly number[], b: readonly number[]): Spread {
  return spread(a.slice(0, b.length).map((value, index) => value / (b[index] ?? Number.NaN)));
}

/** The value that a share `q` of them does not exceed; NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.min(sorted.length, Math.ceil(q * sorted.length)) - 1)] ?? Number.NaN;
}
