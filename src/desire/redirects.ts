/**
 * Requests that are sent elsewhere before any application sees them.
 */
import type { Redirect, Route } from "../model/desired.ts";
import type { Part } from "./parts.ts";
import type { Served } from "./resolve.ts";

/** What is asked of requests to a host before they are let through. */
export type Admission = Pick<Route, "httpsOnly" | "redirect">;

const none: readonly Redirect[] = [];

/** Finds the redirects of a service from one of its hosts; those of each service are sorted by host once, however many it has. */
export function redirectFinder(): (part: Part) => readonly Redirect[] {
  const known = new Map<Served, ReadonlyMap<Part["host"], readonly Redirect[]>>();
  return ({ served, host }) => {
    if (served.claim.redirects.length === 0) return none;
    const byHost = known.get(served) ?? Map.groupBy<Part["host"], Redirect>(served.claim.redirects, (one) => one.host);
    known.set(served, byHost);
    return byHost.get(host) ?? [];
  };
}

/** Tells what a service asks of the requests to one of its hosts. */
export function admissionFinder(): (part: Part) => Admission {
  const redirectsAt = redirectFinder();
  return (part) => admissionOf(part.served, redirectsAt(part));
}

/** Source: reference §3 (`redirects`, `ssl_only`), §4.11. */
function admissionOf({ claim }: Served, redirects: readonly Redirect[]): Admission {
  const http = redirects.find((one) => one.scheme === "http")?.target;
  // Nobody reads requests that are passed through.
  const https = claim.passthrough ? undefined : redirects.find((one) => one.scheme === "https")?.target;
  const redirect = { ...(http === undefined ? {} : { http }), ...(https === undefined ? {} : { https }) };
  return {
    ...(claim.httpsOnly ? { httpsOnly: true } : {}),
    ...(Object.keys(redirect).length === 0 ? {} : { redirect }),
  };
}

/**
 * Whether a service speaks for a whole host although it does not serve the host's root: a redirect covers the host, not the context root alone; and who
 * passes TLS through serves no path at all.
 */
export function speaksForHost({ served }: Part, admission: Admission): boolean {
  if (served.claim.passthrough) return admission.redirect !== undefined || admission.httpsOnly === true;
  return admission.redirect !== undefined && !served.claim.contextRoots.includes("/");
}
