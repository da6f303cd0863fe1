/**
 * `com.docker.lb.default_backend`: who answers for hosts nobody claims.
 */
import { parseBoolean } from "./boolean.ts";
import { type LabelFamily, labelPrefix } from "./family.ts";

/**
 * Whether the service gets the requests for hosts no service of its cluster claims; then it needs no hosts of its own.
 *
 * Source: reference §3 (`default_backend`), §4.17.
 */
export const defaultBackend: LabelFamily<boolean> = {
  label: `${labelPrefix}default_backend`,
  parse: parseBoolean,
  default: false,
  absent: "false",
  risk: {
    otherServices: "of several default backends in one cluster the oldest service keeps the requests",
    nginxText: false,
  },
  sentence: "Whether this service answers requests for hosts that no other service of its cluster has",
  example: "true",
};
