/**
 * The offer between what a proxy has been sent and what it should have.
 */
import type { EndpointTable, RouteTable } from "../model/desired.ts";
import type { Revision } from "../model/names.ts";
import type { Offer } from "../model/offer.ts";

/** Everything one proxy should have. */
export interface Target {
  /** Absent: the proxy keeps the structure it serves. */
  readonly structure?: { readonly nginxConf: string; readonly revision: Revision };
  readonly routes: RouteTable;
  readonly endpoints: EndpointTable;
}

/** What has been sent on a stream: the tables, and the structure the proxy has or was last offered. */
export interface Sent {
  readonly structure: Revision;
  readonly routes: RouteTable;
  readonly endpoints: EndpointTable;
}

/**
 * What to send next; `undefined` when there is nothing to say. Before the first offer `sent` is `undefined`, and the
 * offer is whole.
 *
 * Shape: only the hosts and upstreams that differ, so that one change costs that change whatever the size of the tables.
 */
export function offerBetween(
  sent: Sent | undefined,
  target: Target,
  serving: Revision,
): Omit<Offer, "sequence"> | undefined {
  const known = sent?.structure ?? serving;
  const nginxConf =
    target.structure !== undefined && target.structure.revision !== known ? target.structure.nginxConf : undefined;
  const routes = tableDiff(sent?.routes, target.routes);
  const endpoints = tableDiff(sent?.endpoints, target.endpoints);
  const silent =
    sent !== undefined &&
    nginxConf === undefined &&
    routes.set.size + routes.removed.length + endpoints.set.size + endpoints.removed.length === 0;
  if (silent) return undefined;
  return {
    whole: sent === undefined,
    ...(nginxConf === undefined ? {} : { nginxConf }),
    routes: routes.set,
    removedHosts: routes.removed,
    endpoints: endpoints.set,
    removedUpstreams: endpoints.removed,
  };
}

/** The endpoints that changed, for a proxy whose routes are not known to core; nothing is removed. `undefined` when nothing changed. */
export function endpointsBetween(fed: EndpointTable, now: EndpointTable): Omit<Offer, "sequence"> | undefined {
  const { set } = tableDiff(fed, now);
  if (set.size === 0) return undefined;
  return { whole: false, routes: new Map(), removedHosts: [], endpoints: set, removedUpstreams: [] };
}

/** True when two tables have the same rows. */
export function sameTable(before: EndpointTable, after: EndpointTable): boolean {
  const { set, removed } = tableDiff(before, after);
  return set.size + removed.length === 0;
}

function tableDiff<Key extends string, Row>(
  before: ReadonlyMap<Key, readonly Row[]> | undefined,
  after: ReadonlyMap<Key, readonly Row[]>,
): { set: Map<Key, readonly Row[]>; removed: Key[] } {
  const set = new Map<Key, readonly Row[]>();
  for (const [key, rows] of after) {
    const old = before?.get(key);
    // Desired tables are rebuilt at each look: equal rows are often other objects.
    if (old === undefined || (old !== rows && JSON.stringify(old) !== JSON.stringify(rows))) set.set(key, rows);
  }
  const removed = before === undefined ? [] : [...before.keys()].filter((key) => !after.has(key));
  return { set, removed };
}
