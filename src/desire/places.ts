/**
 * Which services meet at which place: one host below one path.
 */
import type { Route } from "../model/desired.ts";
import type { Part } from "./parts.ts";
import { type Admission, admissionFinder, speaksForHost } from "./redirects.ts";
import type { Served } from "./resolve.ts";

/** How an application is spoken to. */
export type Manner = Pick<Route, "profile" | "strip" | "sticky">;

/** One service at one place. */
export interface Share {
  readonly served: Served;
  readonly admission: Admission;
  /** Absent where the service only redirects. */
  readonly manner?: Manner;
}

/** A host below a path. */
export interface Place {
  readonly host: Route["host"];
  readonly path: string;
  /** The oldest first, never empty. */
  readonly shares: readonly Share[];
}

/** A share whose service serves the place. */
export type Serving = Share & { readonly manner: Manner };

/** The shares that serve a place; none where requests are only redirected. */
export function servingAt(place: Place): readonly Serving[] {
  return place.shares.filter((share): share is Serving => share.manner !== undefined);
}

/** All places of a cluster, unsorted; `parts` with the older service first. */
export function placesOf(parts: readonly Part[]): readonly Place[] {
  const places = new Map<string, { readonly host: Route["host"]; readonly path: string; readonly shares: Share[] }>();
  const add = (host: Route["host"], path: string, share: Share): void => {
    // A host has no slash, and a path begins with one.
    const place = places.get(host + path);
    if (place === undefined) places.set(host + path, { host, path, shares: [share] });
    else place.shares.push(share);
  };
  const sharesAt = shareFinder();
  for (const part of parts) for (const [path, share] of sharesAt(part)) add(part.host, path, share);
  return [...places.values()];
}

type Shares = readonly (readonly [path: string, share: Share])[];

const known = new WeakMap<Served, Map<Part["host"], Shares>>();

/** Tells at which paths of one of its hosts a service has a share; the very same shares for the same service and host, whatever others there are. */
function shareFinder(): (part: Part) => Shares {
  const admissionAt = admissionFinder();
  return (part) => {
    const { served, host } = part;
    const byHost = known.get(served) ?? new Map<Part["host"], Shares>();
    known.set(served, byHost);
    const before = byHost.get(host);
    if (before !== undefined) return before;
    const admission = admissionAt(part);
    const paths = served.claim.passthrough ? [] : served.claim.contextRoots;
    const shares = paths.map((path) => [path, { served, admission, manner: mannerAt(served, path) }] as const);
    const all: Shares = speaksForHost(part, admission) ? [...shares, ["/", { served, admission }]] : shares;
    byHost.set(host, all);
    return all;
  };
}

function mannerAt(served: Served, path: string): Manner {
  const { claim } = served;
  const sticky = stickyOf(served);
  return {
    profile: claim.tlsBackend === undefined ? "default" : claim.tlsBackend === "verified" ? "tls_verified" : "tls",
    ...(claim.rewrite && path !== "/" ? { strip: true } : {}),
    ...(sticky === undefined ? {} : { sticky }),
  };
}

/**
 * What keeps a client at one endpoint of a service: its own wish, else the operator's for all (`IPHash`). Behind a virtual address Swarm chooses the task, and
 * TLS that is passed through is balanced connection by connection.
 *
 * Source: reference §2.3 (`IPHash`), §4.9, §4.12.
 */
export function stickyOf({ claim, extension, reach }: Served): Route["sticky"] {
  if (reach.kind === "vip" || claim.passthrough) return undefined;
  return claim.sticky ?? (extension.settings.ipHash ? { kind: "address" } : undefined);
}
