/**
 * The services of one cluster → its routes, and the upstreams they lead to.
 */
import type { Route } from "../model/desired.ts";
import { type HostName, type UpstreamName, upstreamName } from "../model/names.ts";
import type { Problem } from "../model/problem.ts";
import { defaultBackend } from "../labels/default_backend.ts";
import { hosts as hostsFamily } from "../labels/hosts.ts";
import { quoted, quotedList } from "../labels/quoted.ts";
import { problemOf } from "../labels/read.ts";
import { byAge, byText } from "./order.ts";
import type { Served } from "./resolve.ts";

/** Where the requests of one cluster go. */
export interface Routing {
  /** Sorted by host. */
  readonly routes: readonly Route[];
  /** The services behind each upstream that a route leads to; sorted by name. */
  readonly upstreams: ReadonlyMap<UpstreamName, readonly Served[]>;
  readonly problems: readonly Problem[];
}

/**
 * Routes the hosts of the services of one cluster. Services with the same host share its requests in one upstream; the
 * requests for hosts nobody has go to the oldest default backend.
 *
 * Shape: every route is for all paths; its profile is the plain one, since no label asks for more yet.
 * Source: reference §4.16 (canary), §4.17 (default service), §6.3 (what the original does not tell: services merged unawares).
 */
export function routesOf(services: readonly Served[]): Routing {
  const byHost = new Map<HostName, Served[]>();
  // From old to young: so are the services behind each host, and the first is the one others share with.
  const aged = services.toSorted((a, b) => byAge(a.service, b.service));
  for (const served of aged)
    for (const host of served.claim.hosts) {
      const shares = byHost.get(host);
      if (shares === undefined) byHost.set(host, [served]);
      else shares.push(served);
    }
  const [fallback, ...turnedDown] = aged.filter((served) => served.claim.defaultBackend);

  const behind = new Map<Route["host"], readonly Served[]>(byHost);
  if (fallback !== undefined) behind.set("*", [fallback]);
  const upstreams = new Map<UpstreamName, readonly Served[]>();
  const routes: Route[] = [];
  for (const [host, shares] of [...behind].toSorted(([a], [b]) => byText(a, b))) {
    const upstream = upstreamName(shares.map((served) => served.service.name));
    upstreams.set(upstream, shares);
    routes.push({ host, path: "/", upstream, profile: "default" });
  }
  return {
    routes,
    upstreams: new Map([...upstreams].toSorted(([a], [b]) => byText(a, b))),
    problems: [...sharedHosts(byHost), ...turnedDown.map((served) => defaultTaken(served, fallback))],
  };
}

/** One notice for each younger service and each older one it meets, however many hosts they share. */
function sharedHosts(byHost: ReadonlyMap<HostName, readonly Served[]>): readonly Problem[] {
  const meetings = new Map<string, { younger: string; oldest: string; hosts: HostName[] }>();
  for (const [host, [first, ...others]] of byHost)
    for (const each of others) {
      const [younger, oldest] = [each.service.name, first?.service.name ?? ""];
      // Neither name can hold a space.
      const key = `${younger} ${oldest}`;
      const meeting = meetings.get(key) ?? { younger, oldest, hosts: [] };
      meeting.hosts.push(host);
      meetings.set(key, meeting);
    }
  return [...meetings.values()].map(({ younger, oldest, hosts }) =>
    problemOf(younger, hostsFamily.label, {
      code: "HOST_SHARED",
      sentence: `${quotedList(hosts.toSorted(), 3)} ${hosts.length === 1 ? "is also a host" : "are also hosts"} of the service ${quoted(oldest)}: both share the requests`,
      remedy: "Nothing, if that is meant (canary); otherwise remove the host from one of the two services",
    }),
  );
}

function defaultTaken(served: Served, fallback: Served | undefined): Problem {
  return problemOf(served.service.name, defaultBackend.label, {
    code: "DEFAULT_BACKEND_TAKEN",
    sentence: `the older service ${quoted(fallback?.service.name ?? "")} is the default backend of this service cluster already`,
    remedy: `Remove the label ${defaultBackend.label} from one of the two services`,
  });
}
