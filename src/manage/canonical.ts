/**
 * One text for one value: keys sorted, so that equal specs hash equally whatever order they were written in.
 */

/** JSON with the keys of every object sorted by code unit; lists keep their order. Parts that are `undefined` are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : part,
  );
}
