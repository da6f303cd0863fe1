/**
 * `com.docker.lb.ssl_key`: the key of a service's certificate.
 */
import { type LabelFamily, labelPrefix } from "./family.ts";
import { parseSecret, secretValues } from "./secret.ts";

/**
 * Name of the Swarm secret with the key of {@link "./ssl_cert.ts"}.
 *
 * Source: reference §3 (`ssl_key`), §4.13.
 */
export const sslKey: LabelFamily<string> = {
  label: `${labelPrefix}ssl_key`,
  parse: parseSecret,
  absent: "none: its hosts are served over plain HTTP",
  wrong: "left_out",
  risk: { otherServices: "as `ssl_cert`", nginxText: false },
  sentence: "Swarm secret that holds the key of the certificate as PEM, without a passphrase",
  values: secretValues,
  example: "shop_www.example.com.key",
  interactions: [
    "`ssl_cert` must be there too",
    "With `ssl_passthrough` it has no effect",
    "With `ssl_only`, a wrong name refuses the whole service",
  ],
  different: ["As `ssl_cert`"],
  since: "0.1.0",
};
