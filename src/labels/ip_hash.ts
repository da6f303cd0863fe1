/**
 * `com.docker.lb.ip_hash`: whether a client's address keeps it at one task.
 */
import { booleanValues, parseBoolean } from "./boolean.ts";
import { type OptionalLabel, labelPrefix } from "./family.ts";

/**
 * Whether the client's address decides which task its requests go to.
 *
 * Source: reference §3 (`ip_hash`), §4.12; §7 row 28.
 */
export const ipHash: OptionalLabel<boolean> = {
  label: `${labelPrefix}ip_hash`,
  parse: parseBoolean,
  default: false,
  absent: "`false`: each request may reach another task",
  wrong: "left_out",
  risk: { otherServices: "services with the same host share it, as its oldest service asks", nginxText: false },
  sentence: "Whether a client's address keeps it at one task",
  values: booleanValues,
  example: "true",
  interactions: [
    "`sticky_session_cookie` counts before it",
    "With `backend_mode=vip` and with `ssl_passthrough` it has no effect",
    "Of an IPv4 address the first three of its four parts count, of an IPv6 address the first half: clients of one network reach one task",
    "Where the proxies' ports are published in ingress mode, Swarm hides the clients' addresses, and all clients of a node look alike",
  ],
  different: ["Scaling moves the clients of tasks that come or go, and no others"],
  since: "0.1.0",
};
