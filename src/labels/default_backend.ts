/**
 * `com.docker.lb.default_backend`: who answers for hosts nobody claims.
 */
import { booleanValues, parseBoolean } from "./boolean.ts";
import { type OptionalLabel, labelPrefix } from "./family.ts";

/**
 * Whether the service gets the requests for hosts no service of its cluster claims; then it needs no hosts of its own.
 *
 * Source: reference §3 (`default_backend`), §4.17.
 */
export const defaultBackend: OptionalLabel<boolean> = {
  label: `${labelPrefix}default_backend`,
  parse: parseBoolean,
  default: false,
  absent: "`false`",
  wrong: "refused",
  risk: {
    otherServices: "of several default backends in one cluster the oldest service keeps the requests",
    nginxText: false,
  },
  sentence: "Whether this service answers requests for hosts that no other service of its cluster has",
  values: booleanValues,
  example: "true",
  interactions: [
    "`hosts` is not needed then",
    "With `ssl_cert` and `ssl_key`: the certificate is also shown to clients that name no host, or one without a certificate",
    "With `ssl_passthrough`: gets the TLS connections nobody else gets, and those without a name",
  ],
  different: ["Of several in one service cluster the oldest service keeps the requests, and the others are told"],
  since: "0.1.0",
};
