/**
 * `com.docker.lb.ssl_backend`: whether the application speaks TLS.
 */
import { booleanValues, parseBoolean } from "./boolean.ts";
import { type OptionalLabel, labelPrefix } from "./family.ts";

/**
 * Whether the proxies speak TLS to the application.
 *
 * Source: reference §3 (`ssl_backend`, which the original documented and never had), §7 row 22.
 */
export const sslBackend: OptionalLabel<boolean> = {
  label: `${labelPrefix}ssl_backend`,
  parse: parseBoolean,
  default: false,
  absent: "`false`: the proxies speak plain HTTP to the application",
  wrong: "refused",
  risk: { otherServices: "services with the same host and path share it, as the oldest asks", nginxText: false },
  sentence: "Whether the proxies speak TLS to the application",
  values: booleanValues,
  example: "true",
  interactions: [
    "`ssl_backend_tls_verify` says whether the application's certificate is checked",
    "With `ssl_passthrough` it has no effect: the client's own TLS reaches the application",
  ],
  different: ["The original documented it once and never did anything with it"],
  since: "0.1.0",
};
