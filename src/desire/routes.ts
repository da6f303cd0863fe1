/**
 * The places of one cluster → its routes, and the upstreams they lead to.
 */
import type { Route } from "../model/desired.ts";
import { type UpstreamName, noUpstream } from "../model/names.ts";
import { byText } from "../model/order.ts";
import { byPlace } from "./order.ts";
import { type Place, servingAt, type Share } from "./places.ts";
import { type Upstream, upstreamOf } from "./upstreams.ts";

/** Where the requests of one cluster go. */
export interface Routing {
  /** Sorted by host, then path. */
  readonly routes: readonly Route[];
  /** Each upstream that a route leads to; sorted by name. */
  readonly upstreams: ReadonlyMap<UpstreamName, Upstream>;
}

/**
 * Makes a route of each place. The services there share its requests in one upstream; whether requests are let through is for the oldest of all to say, how the
 * application is spoken to for the oldest that serves.
 *
 * Source: reference §3 ("precedence on a shared host"), §4.10, §4.16, §4.17.
 */
export function routesOf(places: readonly Place[]): Routing {
  const routes: Route[] = [];
  const upstreams = new Map<UpstreamName, Upstream>();
  for (const place of places.toSorted(byPlace)) {
    const { route, upstream } = leadingFrom(place);
    if (upstream.name !== noUpstream) upstreams.set(upstream.name, upstream);
    routes.push(route);
  }
  return { routes, upstreams: new Map([...upstreams].toSorted(([a], [b]) => byText(a, b))) };
}

interface Leading {
  readonly route: Route;
  readonly upstream: Upstream;
}

const known = new WeakMap<Share, Leading>();

/** Where a place leads; the very same objects for one that a service has for itself, as nearly all are. */
function leadingFrom(place: Place): Leading {
  const [first, ...others] = place.shares;
  if (first === undefined || others.length > 0) return led(place);
  const before = known.get(first);
  if (before !== undefined) return before;
  const leading = led(place);
  known.set(first, leading);
  return leading;
}

function led(place: Place): Leading {
  const { host, path, shares } = place;
  const serving = servingAt(place);
  const upstream = upstreamOf(serving.map((share) => share.served));
  const manner = serving[0]?.manner ?? { profile: "default" };
  return { route: { host, path, upstream: upstream.name, ...manner, ...shares[0]?.admission }, upstream };
}
