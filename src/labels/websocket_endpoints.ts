/**
 * `com.docker.lb.websocket_endpoints`: where an application speaks WebSocket.
 */
import { type OptionalLabel, labelPrefix } from "./family.ts";
import { parsePaths, pathValues } from "./paths.ts";

/**
 * The paths an owner named for WebSockets. Upgrades work on every path; only an operator's own template reads this.
 *
 * Shape: sorted, as {@link "./context_root.ts"}.
 * Source: reference §3 (`websocket_endpoints`), §4.15.
 */
export const websocketEndpoints: OptionalLabel<readonly string[]> = {
  label: `${labelPrefix}websocket_endpoints`,
  parse: parsePaths,
  default: [],
  absent: "none",
  wrong: "left_out",
  risk: {
    otherServices: "none",
    // The characters of a path mean nothing to nginx.
    nginxText: false,
  },
  sentence:
    "Paths where the application speaks WebSocket; they need not be named, since upgrades work on every path, and only an operator's own template reads them",
  values: pathValues,
  example: "/ws,/chat",
  interactions: ["With `ssl_passthrough` it has no effect, and WebSockets work all the same"],
  different: [
    "WebSockets work on every path, also below a `context_root`, where the original ignored this label",
    "The `Origin` header reaches the application as the client sent it",
  ],
  since: "0.1.0",
};
