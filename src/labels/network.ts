/**
 * `com.docker.lb.network`: over which network a service is reached.
 */
import { type LabelFamily, type Reading, bad, good, labelPrefix } from "./family.ts";

/** The network that means: the ports the tasks publish on their nodes. */
export const bridge = "bridge";

/**
 * The network the proxies reach the service over, by name or id. Any text is taken: it is only looked up, and whether
 * it exists is for `desire/networks.ts` to say.
 *
 * Shape: empty text, as a compose file with an unset variable leaves it, reads as absent.
 * Source: reference §3 (`network`).
 */
export const network: LabelFamily<string> = {
  label: `${labelPrefix}network`,
  parse,
  absent: "the one overlay network the service is on; required when it is on several",
  wrong: "refused",
  risk: {
    otherServices: "a network that is new to the service cluster makes its proxies restart one by one, drained",
    nginxText: false,
  },
  sentence:
    "Name of the overlay network the proxies reach the service over, with the stack's name before it where a stack made it",
  values: "the name or id of an overlay network, or `bridge` for the ports its tasks publish on their nodes",
  example: "ingress_dev",
  interactions: ["`bridge` beside `backend_mode=vip`: a virtual address has no such ports, requests go to the tasks"],
  different: [
    "Not needed for `ssl_passthrough` when the service is on one network only",
    "A network that does not exist, or that the service is not on, is an error of this service alone",
  ],
  since: "0.1.0",
};

function parse(text: string): Reading<string> {
  const name = text.trim();
  if (name === "") return { findings: [] };
  // No overlay network can have this name: Docker keeps it for itself.
  if (name === "host")
    return bad({
      code: "LABEL_NETWORK_UNKNOWN",
      sentence: '"host" is the network of the node itself and none the proxies can join',
      remedy: `Write ${bridge} when the service publishes its port in host mode, or the name of an overlay network`,
    });
  return good(name);
}
