/**
 * `com.docker.lb.ssl_only`: whether plain HTTP is redirected to HTTPS.
 */
import { booleanValues, parseBoolean } from "./boolean.ts";
import { type OptionalLabel, labelPrefix } from "./family.ts";

/**
 * Whether requests over plain HTTP are sent to the same address over HTTPS instead of to the application.
 *
 * Source: reference §3 (`ssl_only`, which the original documented and never had), §7 row 22.
 */
export const sslOnly: OptionalLabel<boolean> = {
  label: `${labelPrefix}ssl_only`,
  parse: parseBoolean,
  default: false,
  absent: "`false`: hosts with a certificate answer over plain HTTP too",
  wrong: "refused",
  risk: { otherServices: "services with the same host and path share it, as the oldest asks", nginxText: false },
  sentence: "Whether requests over plain HTTP are redirected to HTTPS, at the same address",
  values: booleanValues,
  example: "true",
  interactions: [
    "Needs a certificate (`ssl_cert` and `ssl_key`) or `ssl_passthrough` for its hosts, or a load balancer in front that ends TLS",
    "`redirects` from `http://` count before it",
    "A request with `X-Forwarded-Proto: https`, as from a load balancer in front that ends TLS, counts as HTTPS",
  ],
  different: ["The original documented it once and never did anything with it"],
  since: "0.1.0",
};
