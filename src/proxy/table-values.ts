/**
 * Endpoints and routes as nginx's control socket takes them (see the README). Pure.
 */
import type { Endpoint, HostRoute } from "../model/desired.ts";

/** An endpoint; with how many failures it may have, and the time they count in, where its service says so. */
export type EndpointValue =
  | readonly [address: string, port: number]
  | readonly [address: string, port: number, maxFails: number, failTimeoutMs: number];

/** A route of a host. */
export interface RouteValue {
  readonly path: string;
  readonly upstream: string;
  readonly profile: string;
  /** Passed on without the path. */
  readonly strip?: true;
  /** Name of the cookie whose value keeps a client at an endpoint. */
  readonly cookie?: string;
  /** The client's address keeps it at an endpoint. */
  readonly address?: true;
  /** Requests over HTTP are sent to HTTPS. */
  readonly secure?: true;
  /** Where requests over HTTP, and over HTTPS, are sent. */
  readonly http?: string;
  readonly https?: string;
}

/** What is said of one of the two holds for the other as nginx has it: one failure, ten seconds. */
export function endpointsValue(endpoints: readonly Endpoint[]): readonly EndpointValue[] {
  return endpoints.map(({ address, port, maxFails, failTimeoutMs }) =>
    maxFails === undefined && failTimeoutMs === undefined
      ? [address, port]
      : [address, port, maxFails ?? 1, failTimeoutMs ?? 10_000],
  );
}

/** The same text for the same routes: fields are always in the same order. */
export function routesValue(routes: readonly HostRoute[]): readonly RouteValue[] {
  return routes.map(({ path, upstream, profile, strip, sticky, httpsOnly, redirect }) => ({
    path,
    upstream,
    profile,
    ...(strip === undefined ? {} : { strip }),
    ...(sticky?.kind === "cookie" ? { cookie: sticky.name } : {}),
    ...(sticky?.kind === "address" ? { address: true } : {}),
    ...(httpsOnly === undefined ? {} : { secure: true }),
    ...(redirect?.http === undefined ? {} : { http: redirect.http }),
    ...(redirect?.https === undefined ? {} : { https: redirect.https }),
  }));
}
