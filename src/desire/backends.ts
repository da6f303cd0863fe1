/**
 * Who serves each host, in the words of the labels: what an operator's template is filled with.
 */
import type { Backend, Endpoint } from "../model/desired.ts";
import { byHost } from "./order.ts";
import type { Part } from "./parts.ts";
import { stickyOf } from "./places.ts";
import { redirectFinder } from "./redirects.ts";
import type { Served } from "./resolve.ts";
import type { TlsPart } from "./tls.ts";

/** All of a backend but its endpoints, and whose it is. */
export interface BackendSketch {
  readonly served: Served;
  readonly rest: Omit<Backend, "endpoints">;
}

/**
 * The backends of a cluster, without endpoints.
 *
 * Shape: sorted by host, then age of the service, since templates take the options of a host from its first backend; `parts` with the older service first.
 * A default backend with hosts is marked at the first of them only: a template makes a default server of each marked host, and nginx takes one.
 * Each has the redirects of its own host: templates look for those only, and all of them at each host would be the square of the hosts.
 * Source: reference §6.1.
 */
export function sketchesOf(parts: readonly TlsPart[]): readonly BackendSketch[] {
  const redirectsAt = redirectFinder();
  const fallbacks = new Set(parts.filter((part) => part.host === "*").map((part) => part.served));
  return parts
    .filter((part) => part.host !== "*" || part.served.claim.hosts.length === 0)
    .map((part) => sketchOf(part, isDefaultAt(part, fallbacks), redirectsAt))
    .toSorted((a, b) => byHost(a.rest, b.rest));
}

/** What a sketch was made for, beside its service and host. */
interface Sketched {
  readonly tls: TlsPart["tls"];
  readonly defaultBackend: boolean;
  readonly sketch: BackendSketch;
}

const sketched = new WeakMap<Served, Map<Part["host"], Sketched>>();

/** The sketch of a part; the same object again for the same part. */
function sketchOf(
  part: TlsPart,
  defaultBackend: boolean,
  redirectsAt: ReturnType<typeof redirectFinder>,
): BackendSketch {
  const { served, host, tls } = part;
  const byHost = sketched.get(served) ?? new Map<Part["host"], Sketched>();
  sketched.set(served, byHost);
  const before = byHost.get(host);
  if (before !== undefined && before.tls === tls && before.defaultBackend === defaultBackend) return before.sketch;
  const sketch = { served, rest: { ...backendOf(part, defaultBackend), redirects: redirectsAt(part) } };
  byHost.set(host, { tls, defaultBackend, sketch });
  return sketch;
}

const filled = new WeakMap<BackendSketch, Backend>();

/** A backend with its endpoints; the same object for as long as they are the same. */
export function backendWith(sketch: BackendSketch, endpoints: readonly Endpoint[]): Backend {
  const before = filled.get(sketch);
  if (before?.endpoints === endpoints) return before;
  const backend = { ...sketch.rest, endpoints };
  filled.set(sketch, backend);
  return backend;
}

function isDefaultAt({ served, host }: Part, fallbacks: ReadonlySet<Served>): boolean {
  return fallbacks.has(served) && (host === "*" || host === served.claim.hosts[0]);
}

/** What does not have to be looked up. */
function backendOf({ served, host, tls }: TlsPart, defaultBackend: boolean): Omit<Backend, "endpoints" | "redirects"> {
  const { service, claim } = served;
  const sticky = stickyOf(served);
  return {
    host,
    service: service.name,
    defaultBackend,
    ...(sticky === undefined ? {} : { sticky }),
    // The one path that no label asks for.
    contextRoots: claim.contextRoots.every((path) => path === "/") ? [] : claim.contextRoots,
    rewrite: claim.rewrite,
    websocketEndpoints: claim.websocketEndpoints,
    tlsBackend: claim.tlsBackend !== undefined,
    passthrough: tls === "passthrough",
    ...(tls === undefined || tls === "passthrough"
      ? {}
      : { certificate: { certificate: tls.certificate.name, key: tls.key.name } }),
  };
}
