/**
 * `com.docker.lb.backend_mode`: who balances between the tasks.
 */
import { type OptionalLabel, type Reading, bad, good, labelPrefix } from "./family.ts";
import { quoted } from "./quoted.ts";

/** `task`: the proxies know every task. `vip`: they know the service's virtual address, and Swarm balances. */
export type BackendMode = "task" | "vip";

// An early page of the original calls the default mode `default`.
const words: ReadonlyMap<string, BackendMode> = new Map([
  ["task", "task"],
  ["default", "task"],
  ["vip", "vip"],
]);

/**
 * Whether requests go to the tasks themselves or to the service's virtual address.
 *
 * Source: reference §3 (`backend_mode`), §4.9.
 */
export const backendMode: OptionalLabel<BackendMode> = {
  label: `${labelPrefix}backend_mode`,
  parse,
  default: "task",
  absent: "`task`",
  wrong: "refused",
  risk: { otherServices: "none", nginxText: false },
  sentence: "Whether the proxies send requests to each task (task) or to the virtual address of the service (vip)",
  values: "`task` or `vip`; `default` is an old word for `task`",
  example: "vip",
  interactions: [
    "With `vip`, `sticky_session_cookie` and `ip_hash` have no effect: Swarm chooses the task",
    "With `vip`, services that share a host share its requests per service, not per task",
  ],
  different: ["A service without a virtual address (`endpoint_mode: dnsrr`) is told so"],
  since: "0.1.0",
};

function parse(text: string): Reading<BackendMode> {
  const mode = words.get(text.trim().toLowerCase());
  if (mode !== undefined) return good(mode);
  return bad({
    code: "LABEL_MODE_INVALID",
    sentence: `${quoted(text)} is not a backend mode`,
    remedy: "Write task or vip",
  });
}
