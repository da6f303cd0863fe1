/**
 * `com.docker.lb.ssl_cert`: the certificate of a service's hosts.
 */
import { type LabelFamily, labelPrefix } from "./family.ts";
import { parseSecret, secretValues } from "./secret.ts";

/**
 * Name of the Swarm secret with the certificate (and its chain) of the service's hosts.
 *
 * Source: reference §3 (`ssl_cert`), §4.13.
 */
export const sslCert: LabelFamily<string> = {
  label: `${labelPrefix}ssl_cert`,
  parse: parseSecret,
  absent: "none: its hosts are served over plain HTTP",
  wrong: "left_out",
  risk: {
    otherServices: "services with the same host share its certificate; the oldest that names one is asked",
    nginxText: false,
  },
  sentence: "Swarm secret that holds the certificate of its hosts as PEM, the chain behind it",
  values: secretValues,
  example: "shop_www.example.com.cert",
  interactions: [
    "`ssl_key` must be there too",
    "A wrong name, a secret that does not exist, or one of the two labels alone keeps the previous version of the service, with the certificate it had; without one it is served without a certificate",
    "With `ssl_passthrough` it has no effect: the application shows its own",
    "With `ssl_only`, a wrong name refuses the whole service, which would be served in clear text otherwise",
  ],
  different: [
    "A secret that does not exist, or holds something else, costs its own hosts their certificate; the original could start no proxy at all",
    "A new secret restarts no proxy",
  ],
  since: "0.1.0",
};
