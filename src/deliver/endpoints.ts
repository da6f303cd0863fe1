/**
 * Which endpoints, and which names of tasks, to deliver while structures are on their way, and which services are behind them.
 */
import { sameKeys } from "../model/amended.ts";
import type { Endpoint, EndpointTable, NameTable, Place, Route, RouteTable, TaskName } from "../model/desired.ts";
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
  for (const upstream of missing(desired, delivered)) {
    const found = new Map<string, Endpoint>();
    for (const endpoint of sharing(desired, upstream).flatMap((each) => desired.get(each) ?? [])) {
      found.set(`${endpoint.address} ${endpoint.port}`, endpoint);
    }
    kept.set(upstream, sorted(found));
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

/** The names of the tasks that are behind those upstreams; an upstream has none when DNS knows only some of them. */
export function namesFor(names: NameTable, desired: EndpointTable, delivered: RouteTable | undefined): NameTable {
  const kept = new Map<UpstreamName, readonly TaskName[]>();
  for (const upstream of missing(desired, delivered)) {
    const found = new Map<string, TaskName>();
    const others = sharing(desired, upstream);
    for (const name of others.flatMap((each) => names.get(each) ?? [])) found.set(`${name.name} ${name.port}`, name);
    if (found.size > 0 && others.every((each) => names.has(each))) kept.set(upstream, sorted(found));
  }
  return kept.size === 0 ? names : new Map([...names, ...kept]);
}

interface Missing {
  readonly desired: EndpointTable;
  readonly upstreams: readonly UpstreamName[];
}

/** By the delivered routes: those of several clusters come in turns. */
const known = new WeakMap<RouteTable, Missing>();

/** The upstreams that only the delivered routes still use; found once for tables of the same upstreams. */
function missing(desired: EndpointTable, delivered: RouteTable | undefined): readonly UpstreamName[] {
  if (delivered === undefined) return [];
  const before = known.get(delivered);
  if (before !== undefined && sameKeys(before.desired, desired)) return before.upstreams;
  const upstreams = usedBy(delivered).filter((upstream) => !desired.has(upstream));
  known.set(delivered, { desired, upstreams });
  return upstreams;
}

function usedBy(routes: RouteTable): readonly UpstreamName[] {
  const used = new Set<UpstreamName>();
  routes.forEach((row) => {
    for (const { upstream } of row) used.add(upstream);
  });
  return [...used];
}

/** The upstreams that one of the services of another is behind. */
function sharing(desired: EndpointTable, upstream: UpstreamName): readonly UpstreamName[] {
  const services = new Set(servicesOf(upstream));
  return [...desired.keys()].filter((each) => servicesOf(each).some((service) => services.has(service)));
}

function sorted<Row>(found: ReadonlyMap<string, Row>): readonly Row[] {
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
