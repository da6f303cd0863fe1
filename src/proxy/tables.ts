/**
 * The fast road's data: tables merged from offers, and the difference nginx must be told. Pure.
 */
import type { Endpoint, EndpointTable, HostRoute, RouteTable } from "../model/desired.ts";
import type { Offer } from "../model/offer.ts";

/** What requests are answered by. */
export interface Tables {
  readonly routes: RouteTable;
  readonly endpoints: EndpointTable;
}

/** Nothing: every request gets the 503 page. */
export const noTables: Tables = { routes: new Map(), endpoints: new Map() };

/** A change of nginx's tables: values to set, in this order, then keys to delete, in this order. Keys as in the README. */
export interface TableChange {
  readonly set: readonly (readonly [key: string, value: TableValue])[];
  readonly delete: readonly string[];
}

/** Endpoints as `[address, port]`, or routes as `[path, upstream, profile]`. */
export type TableValue = readonly (readonly (string | number)[])[];

/** The tables after an offer. Of a key both removed and given, the given value counts. */
export function merge(tables: Tables, offer: Offer): Tables {
  return {
    routes: mergeMap(offer.whole ? new Map() : tables.routes, offer.removedHosts, offer.routes),
    endpoints: mergeMap(offer.whole ? new Map() : tables.endpoints, offer.removedUpstreams, offer.endpoints),
  };
}

/** The tables without routes of a profile that is not among the given ones. A host that loses all its routes goes. */
export function withProfiles(tables: Tables, profiles: ReadonlySet<string>): Tables {
  if (profilesOf(tables).isSubsetOf(profiles)) return tables;
  const routes = [...tables.routes]
    .map(([host, list]) => [host, list.filter(({ profile }) => profiles.has(profile))] as const)
    .filter(([, list]) => list.length > 0);
  return { ...tables, routes: new Map(routes) };
}

/** Every profile the routes use. */
export function profilesOf(tables: Tables): ReadonlySet<string> {
  return new Set([...tables.routes.values()].flatMap((list) => list.map(({ profile }) => profile)));
}

/**
 * What to tell nginx so that it has `want`: endpoints before the routes that use them, removals last and the other way
 * round. `suspects` are keys of which it is not known what nginx has.
 */
export function difference(held: Tables, want: Tables, suspects: ReadonlySet<string>): TableChange {
  const endpoints = mapDifference("u:", held.endpoints, want.endpoints, suspects, endpointsValue);
  const routes = mapDifference("h:", held.routes, want.routes, suspects, routesValue);
  return { set: [...endpoints.set, ...routes.set], delete: [...routes.delete, ...endpoints.delete] };
}

function mergeMap<Key extends string, Value>(
  base: ReadonlyMap<Key, Value>,
  removed: readonly Key[],
  given: ReadonlyMap<Key, Value>,
): ReadonlyMap<Key, Value> {
  if (removed.length === 0 && given.size === 0) return base;
  const merged = new Map(base);
  for (const key of removed) merged.delete(key);
  for (const [key, value] of given) merged.set(key, value);
  return merged;
}

function mapDifference<Value>(
  prefix: string,
  held: ReadonlyMap<string, Value>,
  want: ReadonlyMap<string, Value>,
  suspects: ReadonlySet<string>,
  valueOf: (value: Value) => TableValue,
): TableChange {
  if (held === want && suspects.size === 0) return { set: [], delete: [] };
  const set = [...want]
    .filter(([key, value]) => suspects.has(prefix + key) || !same(held.get(key), value, valueOf))
    .map(([key, value]) => [prefix + key, valueOf(value)] as const);
  const gone = new Set([...held.keys()].filter((key) => !want.has(key)).map((key) => prefix + key));
  for (const suspect of suspects) {
    if (suspect.startsWith(prefix) && !want.has(suspect.slice(prefix.length))) gone.add(suspect);
  }
  return { set, delete: [...gone] };
}

function same<Value>(held: Value | undefined, want: Value, valueOf: (value: Value) => TableValue): boolean {
  if (held === want) return true;
  return held !== undefined && JSON.stringify(valueOf(held)) === JSON.stringify(valueOf(want));
}

function endpointsValue(endpoints: readonly Endpoint[]): TableValue {
  return endpoints.map(({ address, port }) => [address, port]);
}

function routesValue(routes: readonly HostRoute[]): TableValue {
  return routes.map(({ path, upstream, profile }) => [path, upstream, profile]);
}
