/**
 * `com.docker.lb.ssl_passthrough`: whether TLS goes to the application unread.
 */
import { booleanValues, parseBoolean } from "./boolean.ts";
import { type OptionalLabel, labelPrefix } from "./family.ts";

/**
 * Whether TLS connections for the service's hosts are handed to its tasks byte for byte.
 *
 * Source: reference §3 (`ssl_passthrough`), §4.14; §7 rows 20 and 21.
 */
export const sslPassthrough: OptionalLabel<boolean> = {
  label: `${labelPrefix}ssl_passthrough`,
  parse: parseBoolean,
  default: false,
  absent: "`false`",
  wrong: "refused",
  risk: {
    otherServices:
      "takes all TLS connections of its hosts, unless an older service has a certificate there; the nginx of its cluster reloads, drained, with each change of its hosts or addresses",
    nginxText: false,
  },
  sentence: "Whether TLS connections are handed to the application unread, which shows a certificate of its own",
  values: booleanValues,
  example: "true",
  interactions: [
    "What needs reading has no effect: `context_root`, `context_root_rewrite`, `sticky_session_cookie`, `ip_hash`, `websocket_endpoints`, `ssl_cert`, `ssl_key`, `ssl_backend`, `ssl_backend_tls_verify`, and redirects from `https://` sources",
    "`ssl_only` works: requests over plain HTTP are redirected to HTTPS",
    "`redirects` from `http://` sources work",
    "With `backend_mode=vip` its address stays when tasks come and go, so that nginx need not reload",
  ],
  different: [
    "No `network` label is needed when the service is on one network only",
    "Plain HTTP can be redirected to HTTPS for such a host",
  ],
  since: "0.1.0",
};
