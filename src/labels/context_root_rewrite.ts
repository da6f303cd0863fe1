/**
 * `com.docker.lb.context_root_rewrite`: whether an application sees its context root.
 */
import { booleanValues, parseBoolean } from "./boolean.ts";
import { type OptionalLabel, labelPrefix } from "./family.ts";

/**
 * Whether the context root is taken off before the application sees the path.
 *
 * Source: reference §3 (`context_root_rewrite`), §4.10.
 */
export const contextRootRewrite: OptionalLabel<boolean> = {
  label: `${labelPrefix}context_root_rewrite`,
  parse: parseBoolean,
  default: false,
  absent: "`false`",
  wrong: "refused",
  risk: { otherServices: "services with the same host and path share it, as the oldest asks", nginxText: false },
  sentence: "Whether the application sees paths without the context root: /app/page becomes /page",
  values: booleanValues,
  example: "true",
  interactions: ["Without `context_root`, and with `ssl_passthrough`, it has no effect"],
  different: [
    "A browser at the context root itself is sent to the same with a final slash (301), so that relative links work; the original did so with every path without a dot",
  ],
  since: "0.1.0",
};
