/**
 * `com.docker.lb.service_cluster`: which proxies serve a service.
 */
import { type ServiceClusterName, parseServiceClusterName, unnamedCluster } from "../model/names.ts";
import { type OptionalLabel, type Reading, bad, good, labelPrefix } from "./family.ts";
import { quoted } from "./quoted.ts";

/**
 * The service cluster whose proxies serve the service; absent or empty = the one without a name.
 *
 * Source: reference §3 (`service_cluster`), §2.2 (`ServiceCluster`).
 */
export const serviceCluster: OptionalLabel<ServiceClusterName> = {
  label: `${labelPrefix}service_cluster`,
  parse,
  default: unnamedCluster,
  absent: "the extension whose `ServiceCluster` is empty",
  wrong: "refused",
  risk: { otherServices: "puts hosts into the cluster it names, like the hosts label does", nginxText: false },
  sentence: "Service cluster that serves this service, as an extension's ServiceCluster names it",
  values: "at most 63 letters, digits, dots, hyphens and underscores, as in the TOML",
  example: "dev",
  interactions: [],
  different: ["A cluster nobody serves is an error that `interlock status` shows, with the names there are"],
  since: "0.1.0",
};

function parse(text: string): Reading<ServiceClusterName> {
  const name = parseServiceClusterName(text);
  if (name !== undefined) return good(name);
  return bad({
    code: "LABEL_CLUSTER_INVALID",
    sentence: `${quoted(text)} is not the name of a service cluster`,
    remedy: "Use at most 63 letters, digits, dots, hyphens and underscores, as in the extension's ServiceCluster",
  });
}
