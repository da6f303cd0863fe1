/**
 * Routes in protobuf's words.
 */
import { create } from "@bufbuild/protobuf";
import type { HostRoute, Profile, RouteTable } from "../model/desired.ts";
import { type HostName, wireUpstreamName } from "../model/names.ts";
import {
  HostRouteSchema,
  HostRoutesSchema,
  type HostRoute as HostRouteMessage,
  type HostRoutes,
} from "./gen/interlock/v1/route_pb.ts";

/** Writes a route table; hosts and their routes keep their order. */
export function routesToWire(routes: RouteTable): HostRoutes[] {
  return [...routes].map(([host, list]) =>
    create(HostRoutesSchema, {
      host,
      routes: list.map(hostRouteToWire),
    }),
  );
}

/** Reads a route table; of two entries with the same host the last counts. */
export function routesFromWire(messages: readonly HostRoutes[]): RouteTable {
  return new Map(
    messages.map(({ host, routes }): [HostName | "*", HostRoute[]] => [host as HostName, hostRoutes(routes)]),
  );
}

/** Reads hosts. */
export function hostsFromWire(hosts: readonly string[]): (HostName | "*")[] {
  return hosts.map((host) => host as HostName | "*");
}

const written = new WeakMap<HostRoute, HostRouteMessage>();

/** Writes a route; the same message for the same route, since most of a structure is what it was. */
function hostRouteToWire(route: HostRoute): HostRouteMessage {
  const before = written.get(route);
  if (before !== undefined) return before;
  const { path, upstream, profile, strip, sticky, httpsOnly, redirect } = route;
  const message = create(HostRouteSchema, {
    path,
    upstream,
    profile,
    strip: strip ?? false,
    stickyCookie: sticky?.kind === "cookie" ? sticky.name : "",
    stickyAddress: sticky?.kind === "address",
    httpsOnly: httpsOnly ?? false,
    redirectHttp: redirect?.http ?? "",
    redirectHttps: redirect?.https ?? "",
  });
  written.set(route, message);
  return message;
}

function hostRoutes(routes: HostRoutes["routes"]): HostRoute[] {
  return routes.map((message) => ({
    path: message.path,
    upstream: wireUpstreamName(message.upstream),
    profile: message.profile as Profile,
    ...(message.strip ? { strip: true } : {}),
    ...stickyFromWire(message),
    ...(message.httpsOnly ? { httpsOnly: true } : {}),
    ...redirectFromWire(message),
  }));
}

function stickyFromWire(message: HostRouteMessage): Pick<HostRoute, "sticky"> {
  if (message.stickyCookie !== "") return { sticky: { kind: "cookie", name: message.stickyCookie } };
  return message.stickyAddress ? { sticky: { kind: "address" } } : {};
}

function redirectFromWire({ redirectHttp, redirectHttps }: HostRouteMessage): Pick<HostRoute, "redirect"> {
  if (redirectHttp === "" && redirectHttps === "") return {};
  return {
    redirect: {
      ...(redirectHttp === "" ? {} : { http: redirectHttp }),
      ...(redirectHttps === "" ? {} : { https: redirectHttps }),
    },
  };
}
