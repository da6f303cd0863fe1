/**
 * Which services are core's own.
 */
import type { SwarmService } from "../model/snapshot.ts";

/**
 * True for the extension, proxy and config services core creates. They are never served, whatever labels the operator's
 * `Labels` and `ProxyLabels` give them: a proxy that routes to itself would loop.
 *
 * Source: reference §1.2 (`type=com.docker.interlock.core.proxy`).
 */
export function isOurs(service: SwarmService): boolean {
  return (
    Object.hasOwn(service.labels, "type") && (service.labels["type"] ?? "").startsWith("com.docker.interlock.core.")
  );
}
