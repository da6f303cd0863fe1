/**
 * Which endpoints to deliver while structures are on their way, and which services are behind them.
 */
import type { Endpoint, EndpointTable, Place, Route, RouteTable } from "../model/desired.ts";
import type { UpstreamName } from "../model/names.ts";
import { servicesOf } from "../model/names.ts";
import type { RouteStatus } from "../model/status.ts";

/**
 * The newest endpoints, and for every upstream that only the delivered routes still use, the endpoints of its services as
 * they are now. An upstream whose services are gone is empty: a clean 503.
 *
 * Why: a route moves to another upstream only when the extension has answered; until then, and for as long as the extension
 * is away, the old upstream must be neither empty nor stale ("endpoints before the routes that use them; removals after").
 */
export function endpointsFor(desired: EndpointTable, delivered: RouteTable | undefined): EndpointTable {
  const kept = new Map<UpstreamName, readonly Endpoint[]>();
  for (const { upstream } of [...(delivered?.values() ?? [])].flat()) {
    if (!desired.has(upstream)) kept.set(upstream, ofServices(desired, new Set(servicesOf(upstream))));
  }
  return kept.size === 0 ? desired : new Map([...desired, ...kept]);
}

/** The names of the services behind places of a table; whatever is not in it is behind none. */
export function servicesAt(table: EndpointTable, places: readonly Place[]): ReadonlySet<string> {
  const ports = Map.groupBy(places, ({ address }) => address);
  const isOne = ({ address, port }: Place): boolean =>
    ports.get(address)?.some((place) => place.port === port) === true;
  const found = [...table].filter(([, endpoints]) => endpoints.some(isOne));
  return new Set(found.flatMap(([upstream]) => servicesOf(upstream)));
}

/** Routes and where they lead, as the status shows them. */
export function routeStatuses(routes: readonly Route[], endpoints: EndpointTable): readonly RouteStatus[] {
  return routes.map(({ host, path, upstream }) => ({
    host,
    path,
    upstream,
    endpoints: (endpoints.get(upstream) ?? []).map(({ address, port }) => `${address}:${port}`),
  }));
}

/** The endpoints of every upstream that one of the services is behind, once each. */
function ofServices(desired: EndpointTable, services: ReadonlySet<string>): readonly Endpoint[] {
  const found = new Map<string, Endpoint>();
  for (const [upstream, endpoints] of desired) {
    if (!servicesOf(upstream).some((service) => services.has(service))) continue;
    for (const endpoint of endpoints) found.set(`${endpoint.address} ${endpoint.port}`, endpoint);
  }
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, endpoint]) => endpoint);
}
