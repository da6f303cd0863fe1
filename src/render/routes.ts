/**
 * The route table: what proxies look requests up in.
 */
import type { HostRoute, Route, RouteTable } from "../model/desired.ts";
import type { HostName } from "../model/names.ts";

/**
 * Groups routes by host.
 *
 * Shape: hosts sorted by code unit, in each the longest path first (equal lengths by text), so that the first that
 * matches wins. Of two routes with the same host and path the one whose upstream, then whose text, sorts first stays.
 */
export function routeTable(routes: readonly Route[]): RouteTable {
  const byHost = new Map<HostName | "*", HostRoute[]>();
  for (const route of routes.toSorted(byRank)) {
    const { host, path } = route;
    const list = byHost.get(host) ?? [];
    byHost.set(host, list);
    if (!list.some((other) => other.path === path)) list.push(inHost(route));
  }
  return byHost;
}

const known = new WeakMap<Route, HostRoute>();

/** A route in the list of its host; the same object for the same route. */
function inHost(whole: Route): HostRoute {
  const before = known.get(whole);
  if (before !== undefined) return before;
  const { host: _, ...route } = whole;
  known.set(whole, route);
  return route;
}

function byRank(a: Route, b: Route): number {
  return (
    compare(a.host, b.host) ||
    b.path.length - a.path.length ||
    compare(a.path, b.path) ||
    compare(a.upstream, b.upstream) ||
    compare(a.profile, b.profile) ||
    compare(JSON.stringify(a), JSON.stringify(b))
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
