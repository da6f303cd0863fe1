/**
 * A list of routes as what it changes of an earlier one, host by host: so that a changed label costs its hosts, and not all of them.
 */
import type { Route } from "./desired.ts";
import { differing } from "./differing.ts";

/** The hosts whose routes differ. */
export interface RoutesChange {
  /** All routes of a host that has others than before, or is new. */
  readonly set: ReadonlyMap<Route["host"], readonly Route[]>;
  /** Hosts that have no route any more. */
  readonly removed: readonly Route["host"][];
}

/** The change that leads from a version the other end knows. */
export interface ChangeSince extends RoutesChange {
  readonly since: number;
}

/** What a list changes of an earlier one; both sorted by host. Routes that are the very same are not looked into. */
export function routesBetween(before: readonly Route[], after: readonly Route[]): RoutesChange {
  const { gone, come } = differing(before, after, hostOf);
  const hosts = new Set([...gone, ...come].map(hostOf));
  if (hosts.size === 0) return nothingChanged;
  const [old, now] = [before, after].map((routes) => Map.groupBy(routes.filter(at(hosts)), hostOf));
  const set = new Map([...(now ?? [])].filter(([host, routes]) => !isSame(routes, old?.get(host))));
  return { set, removed: [...(old?.keys() ?? [])].filter((host) => now?.has(host) === false) };
}

/** True when nothing differs. */
export function changesNothing({ set, removed }: RoutesChange): boolean {
  return set.size + removed.length === 0;
}

/** The list that a change makes of the one it was found from. */
export function routesAfter(before: readonly Route[], { set, removed }: RoutesChange): readonly Route[] {
  const others = at(new Set([...set.keys(), ...removed]));
  const kept = before.filter((route) => !others(route));
  // Sorting keeps the order of the routes of each host.
  return [...kept, ...[...set.values()].flat()].toSorted((a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : 0));
}

const nothingChanged: RoutesChange = { set: new Map(), removed: [] };

function hostOf({ host }: Route): Route["host"] {
  return host;
}

function at(hosts: ReadonlySet<Route["host"]>): (route: Route) => boolean {
  return ({ host }) => hosts.has(host);
}

/** Desired routes are made anew now and then: equal ones may be other objects. */
function isSame(routes: readonly Route[], others: readonly Route[] | undefined): boolean {
  return JSON.stringify(routes) === JSON.stringify(others);
}
