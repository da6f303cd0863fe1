/**
 * The identifiers of the domain, each made by one parser. After the parser nobody re-checks.
 */

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A DNS name in lower case without a trailing dot, as a client sends it in `Host` or SNI. Source: RFC 1123 §2.1, RFC 9110 §7.2. */
export type HostName = Branded<"HostName">;

/** What one group of proxies serves; the empty name is the cluster of services without the label. Source: `ServiceCluster`, reference §2.2. */
export type ServiceClusterName = Branded<"ServiceClusterName">;

/** Name of an upstream, derived from the services behind it; stable and readable. */
export type UpstreamName = Branded<"UpstreamName">;

/** Hash of content: two equal revisions are the same bytes. 16 hex digits of SHA-256. */
export type Revision = Branded<"Revision">;

/** The cluster that serves services without a `com.docker.lb.service_cluster` label. */
export const unnamedCluster: ServiceClusterName = "" as ServiceClusterName;

const dnsLabel = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Reads a host name: trims, lowers, drops one trailing dot.
 *
 * Fails: `undefined` when it is empty, longer than 253 bytes, or a label has other than letters, digits, `-` and `_`.
 * Why: `_` is not in RFC 1123, but Swarm service names carry it and browsers send it.
 */
export function parseHostName(text: string): HostName | undefined {
  const name = text.trim().toLowerCase().replace(/\.$/, "");
  if (name.length === 0 || name.length > 253) return undefined;
  return name.split(".").every((label) => dnsLabel.test(label)) ? (name as HostName) : undefined;
}

/**
 * Reads the name of a service cluster, as in TOML and labels: trimmed, at most 63 of letters, digits, `.`, `_`, `-`.
 *
 * Fails: `undefined` for anything else; the empty text is {@link unnamedCluster}.
 */
export function parseServiceClusterName(text: string): ServiceClusterName | undefined {
  const name = text.trim();
  return /^([A-Za-z0-9][A-Za-z0-9._-]{0,62})?$/.test(name) ? (name as ServiceClusterName) : undefined;
}

/** What a route without an upstream leads to. */
export const noUpstream: UpstreamName = "" as UpstreamName;

/**
 * Names the upstream of the given services: sorted, joined by `+`, so that services sharing a route share one upstream. A service that
 * is served at several ports is given as `name:port` for all but its first.
 */
export function upstreamName(serviceNames: readonly string[]): UpstreamName {
  return [...serviceNames].toSorted().join("+") as UpstreamName;
}

/** The services behind an upstream, from its name. A service's name has no `+` and no `:`. Source: Swarm's naming rule, `[a-zA-Z0-9][a-zA-Z0-9_.-]*`. */
export function servicesOf(upstream: UpstreamName): readonly string[] {
  return upstream === "" ? [] : upstream.split("+").map((service) => service.replace(/:\d+$/, ""));
}

/** Takes an upstream name that came over the wire from another role of the same version. */
export function wireUpstreamName(text: string): UpstreamName {
  return text as UpstreamName;
}

/** Takes a revision that came over the wire or from disk; it is compared, never interpreted. */
export function wireRevision(text: string): Revision {
  return text as Revision;
}
