/**
 * The fast road's data: tables merged from offers, and the difference nginx must be told. Pure.
 */
import type { Certificate, CertificateTable, EndpointTable, NameTable, RouteTable } from "../model/desired.ts";
import type { HostName } from "../model/names.ts";
import type { Offer } from "../model/offer.ts";
import { amended, rowsUnlike, sameKeys } from "../model/amended.ts";
import { endpointsValue, routesValue, type EndpointValue, type RouteValue } from "./table-values.ts";

/** What requests are answered by. */
export interface Tables extends StoredTables {
  /** In memory only: never part of what is kept on disk. */
  readonly certificates: Certificates;
}

/** The tables that may be written to a disk. */
export interface StoredTables {
  readonly routes: RouteTable;
  readonly endpoints: EndpointTable;
  /** By which endpoints are found without core; nginx does not know them. */
  readonly names: NameTable;
}

/** The certificates a proxy has, by host. */
export type Certificates = ReadonlyMap<HostName | "*", Certificate>;

/** Nothing: every request gets the 503 page. */
export const noTables: Tables = { routes: new Map(), endpoints: new Map(), names: new Map(), certificates: new Map() };

/** A change of nginx's tables: values to set, in this order, then keys to delete, in this order. Keys as in the README. */
export interface TableChange {
  readonly set: readonly (readonly [key: string, value: TableValue])[];
  readonly delete: readonly string[];
}

/** What requests wait for after nginx has started, and what handshakes wait for. Endpoints come with the routes. */
export type TablePart = "routes" | "certificates";

/** Endpoints, routes or a certificate. */
export type TableValue =
  | readonly EndpointValue[]
  | readonly RouteValue[]
  | { readonly certificate: string; readonly key: string };

/** The tables after an offer. Of a key both removed and given, the given value counts. */
export function merge(tables: Tables, offer: Offer): Tables {
  const { routes, endpoints, names } = offer.whole ? noTables : tables;
  return {
    routes: mergeMap(routes, offer.removedHosts, offer.routes),
    endpoints: mergeMap(endpoints, offer.removedUpstreams, offer.endpoints),
    names: mergeMap(names, [...offer.removedUpstreams, ...offer.endpoints.keys()], offer.names),
    certificates: mergeCertificates(tables.certificates, offer),
  };
}

/** The tables with other endpoints for some of their upstreams; the same tables when there are none. */
export function overlaid(tables: Tables, overlay: EndpointTable): Tables {
  const rows = new Map([...overlay].filter(([upstream]) => tables.endpoints.has(upstream)));
  return rows.size === 0 ? tables : { ...tables, endpoints: amended(tables.endpoints, rows) };
}

/**
 * What to tell nginx so that it has the routes and endpoints of `want`: endpoints before the routes that use them, removals last and
 * the other way round. `suspects` are keys of which it is not known what nginx has.
 */
export function difference(held: StoredTables, want: StoredTables, suspects: ReadonlySet<string>): TableChange {
  const endpoints = mapDifference("u:", held.endpoints, want.endpoints, suspects, endpointsValue);
  const routes = mapDifference("h:", held.routes, want.routes, suspects, routesValue);
  return { set: [...endpoints.set, ...routes.set], delete: [...routes.delete, ...endpoints.delete] };
}

/** The same for certificates, apart from the rest because nginx may refuse a single one. */
export function certificateDifference(
  held: Certificates,
  want: Certificates,
  suspects: ReadonlySet<string>,
): TableChange {
  return mapDifference("c:", held, want, suspects, certificateValue);
}

/** A host that should keep its certificate keeps what is there, whole offer or not; when nothing is, it has none. */
function mergeCertificates(before: Certificates, offer: Offer): Certificates {
  const kept = offer.whole ? keptOf(before, offer.certificates) : before;
  const given = [...offer.certificates].flatMap(([host, one]) => (one === "kept" ? [] : [[host, one] as const]));
  return mergeMap(kept, offer.removedCertificates, new Map(given));
}

function keptOf(before: Certificates, offered: CertificateTable): Certificates {
  return new Map([...before].filter(([host]) => offered.get(host) === "kept"));
}

/** Without a walk over the table where it only gets other values: that is what most offers bring. */
function mergeMap<Key extends string, Value extends object>(
  base: ReadonlyMap<Key, Value>,
  removed: readonly Key[],
  given: ReadonlyMap<Key, Value>,
): ReadonlyMap<Key, Value> {
  const gone = removed.filter((key) => base.has(key) && !given.has(key));
  if (gone.length === 0) return given.size === 0 ? base : amended(base, given);
  const merged = new Map(base);
  for (const key of gone) merged.delete(key);
  for (const [key, value] of given) merged.set(key, value);
  return merged;
}

function mapDifference<Key extends string, Value>(
  prefix: string,
  held: ReadonlyMap<Key, Value>,
  want: ReadonlyMap<Key, Value>,
  suspects: ReadonlySet<string>,
  valueOf: (value: Value) => TableValue,
): TableChange {
  const doubted = [...suspects].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  const sure = doubted.length === 0;
  const set = [...(sure ? rowsUnlike(want, held) : want)]
    .filter(([key, value]) => suspects.has(prefix + key) || !same(held.get(key), value, valueOf))
    .map(([key, value]) => [prefix + key, valueOf(value)] as const);
  const wanted: ReadonlyMap<string, Value> = want;
  const before = sure && sameKeys(held, want) ? [] : [...held.keys(), ...doubted];
  const gone = new Set(before.filter((key) => !wanted.has(key)).map((key) => prefix + key));
  return { set, delete: [...gone] };
}

function same<Value>(held: Value | undefined, want: Value, valueOf: (value: Value) => TableValue): boolean {
  if (held === want) return true;
  return held !== undefined && JSON.stringify(valueOf(held)) === JSON.stringify(valueOf(want));
}

function certificateValue({ certificatePem, keyPem }: Certificate): TableValue {
  return { certificate: certificatePem, key: keyPem };
}
