/**
 * Which TLS connections are handed on unread, and to whom.
 */
import { byText } from "../model/order.ts";
import type { Part } from "./parts.ts";
import type { TlsPart } from "./tls.ts";
import { type Upstream, upstreamOf } from "./upstreams.ts";

/**
 * The services behind each host whose TLS is passed through. Those with the same host share its connections, as they would share requests.
 *
 * Shape: sorted by host.
 * Source: reference §3 (`ssl_passthrough`), §4.14.
 */
export function passthroughsOf(parts: readonly TlsPart[]): ReadonlyMap<Part["host"], Upstream> {
  const passing = Map.groupBy(
    parts.filter((part) => part.tls === "passthrough"),
    (part) => part.host,
  );
  return new Map(
    [...passing]
      .toSorted(([a], [b]) => byText(a, b))
      .map(([host, group]) => [host, upstreamOf(group.map((part) => part.served))]),
  );
}
