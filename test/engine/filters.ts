/**
 * The `filters` of a list. Source: Engine API v1.41, "filters" of each list; moby daemon/cluster/filters.go.
 */
import { Refusal } from "./words.ts";

/** Wanted values by the name of the filter. Values of one filter are alternatives, filters must all hold. */
export type Filters = ReadonlyMap<string, readonly string[]>;

/**
 * Reads `filters`: lists of values, or maps of them as older clients write.
 *
 * Fails: status 400 when it is not JSON, or names a filter this list has not.
 */
export function filtersFrom(text: string | null, accepted: readonly string[]): Filters {
  if (text === null || text === "") return new Map();
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Refusal(400, "invalid filter");
  }
  const filters = new Map<string, readonly string[]>();
  for (const [name, values] of Object.entries(parsed as Record<string, readonly string[] | object>)) {
    if (!accepted.includes(name)) throw new Refusal(400, `Invalid filter '${name}'`);
    filters.set(name, Array.isArray(values) ? (values as readonly string[]) : Object.keys(values));
  }
  return filters;
}

/** True when a filter is absent or one of its values is `value`. */
export function isWanted(filters: Filters, name: string, value: string): boolean {
  const values = filters.get(name);
  return values === undefined || values.includes(value);
}

/** True when a filter is absent or the value begins with one of its values: names and ids are filtered so. */
export function isBegun(filters: Filters, name: string, value: string): boolean {
  const values = filters.get(name);
  return values === undefined || values.some((wanted) => value.startsWith(wanted));
}

/** True when the labels have each of the filter's `key` or `key=value`. */
export function isLabelled(filters: Filters, labels: Readonly<Record<string, string>> | null | undefined): boolean {
  return (filters.get("label") ?? []).every((wanted) => {
    const [key = "", value] = wanted.split(/=(.*)/s);
    return labels?.[key] !== undefined && (value === undefined || labels[key] === value);
  });
}
