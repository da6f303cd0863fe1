/**
 * `com.docker.lb.context_root`: below which paths a service answers.
 */
import { type OptionalLabel, labelPrefix } from "./family.ts";
import { parsePaths, pathValues } from "./paths.ts";

/**
 * The paths of its hosts a service is served below; whole segments, so that `/app` is not `/apple`. The longest that matches wins.
 *
 * Shape: sorted, never empty, as nginx matches them (decoded), without a final slash but for `/`.
 * Source: reference §3 (`context_root`), §4.10; §7 row 23 for several paths.
 */
export const contextRoot: OptionalLabel<readonly string[]> = {
  label: `${labelPrefix}context_root`,
  parse: parsePaths,
  default: ["/"],
  absent: "`/`: every path",
  wrong: "refused",
  risk: {
    otherServices:
      "takes the requests below its paths from services that have the same host and a shorter path, or none",
    // The characters of a path mean nothing to nginx.
    nginxText: false,
  },
  sentence: "Paths of its hosts below which this service is served, separated by commas",
  values: pathValues,
  example: "/app",
  interactions: [
    "With `context_root_rewrite`, the application sees paths without it",
    "With `ssl_passthrough` it has no effect: nobody reads the path",
    "`redirects` count before it, for the whole host",
  ],
  different: [
    "Several paths for one service, and several services with different paths on one host, where the original took one path for each host",
    "`websocket_endpoints` count beside it",
    "A final slash does not count, and `/app` itself is matched too",
  ],
  since: "0.1.0",
};
