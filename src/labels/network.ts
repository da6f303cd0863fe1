/**
 * `com.docker.lb.network`: over which network a service is reached.
 */
import { type LabelFamily, good, labelPrefix } from "./family.ts";

/**
 * The network the proxies reach the service over, by name or id. Any text is taken: it is only looked up, and whether
 * it exists is for `desire/networks.ts` to say.
 *
 * Shape: empty text, as a compose file with an unset variable leaves it, reads as absent.
 * Source: reference §3 (`network`).
 */
export const network: LabelFamily<string> = {
  label: `${labelPrefix}network`,
  parse: (text) => {
    const name = text.trim();
    return name === "" ? { findings: [] } : good(name);
  },
  absent: "the one overlay network the service is on; required when it is on several",
  risk: {
    otherServices: "a network that is new to the service cluster makes its proxies restart one by one, drained",
    nginxText: false,
  },
  sentence:
    "Name of the overlay network the proxies reach the service over, with the stack's name before it where a stack made it",
  example: "ingress_dev",
};
