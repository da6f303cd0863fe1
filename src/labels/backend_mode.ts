/**
 * `com.docker.lb.backend_mode`: who balances between the tasks.
 */
import { type LabelFamily, type Reading, bad, good, labelPrefix } from "./family.ts";
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
export const backendMode: LabelFamily<BackendMode> = {
  label: `${labelPrefix}backend_mode`,
  parse,
  default: "task",
  absent: "task",
  risk: { otherServices: "none", nginxText: false },
  sentence: "Whether the proxies send requests to each task (task) or to the virtual address of the service (vip)",
  example: "vip",
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
