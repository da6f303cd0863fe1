/**
 * From a claim to a service that can be served.
 */
import type { ExtensionConfig } from "../model/config.ts";
import type { Problem } from "../model/problem.ts";
import type { Claim } from "../labels/claim.ts";
import type { Finding } from "../labels/family.ts";
import { quoted, quotedList } from "../labels/quoted.ts";
import { problemOf } from "../labels/read.ts";
import { serviceCluster } from "../labels/service_cluster.ts";
import type { AskingService } from "./asking.ts";
import { type Reach, reachOf } from "./reach.ts";
import { type Secrets, secretsFor } from "./secrets.ts";
import type { Ground } from "./surroundings.ts";

/** A service whose claim can be met: by whom, and how it is reached. */
export interface Served {
  readonly service: AskingService;
  /** What it is called in the names of upstreams; two claims of one service with the same port have the same. */
  readonly member: string;
  readonly claim: Claim;
  readonly extension: ExtensionConfig;
  readonly reach: Reach;
  /** Absent when it asks for no certificate, or its secrets do not exist. */
  readonly secrets?: Secrets;
}

/** What became of a claim; `served` is absent when it cannot be met, and a problem says why. With `served`, an error costs only part of it. */
export interface Resolution {
  readonly served?: Served;
  readonly problems: readonly Problem[];
}

/** Finds the extension, the way to reach it and the secrets for a claim, as the Swarm and the configuration are now. */
export function resolve(service: AskingService, member: string, claim: Claim, around: Ground): Resolution {
  const extension = around.extensionByCluster.get(claim.cluster);
  if (extension === undefined)
    return { problems: [problemOf(service.name, serviceCluster.label, clusterUnknown(claim, around))] };
  const { reach, problems } = reachOf(service, claim, extension, around);
  if (reach === undefined) return { problems };
  const found = secretsFor(service, claim, around);
  const secrets = found.secrets === undefined ? {} : { secrets: found.secrets };
  return {
    served: { service, member, claim, extension, reach, ...secrets },
    problems: [...problems, ...found.problems],
  };
}

function clusterUnknown(claim: Claim, around: Ground): Finding {
  const known = [...around.extensionByCluster.keys()].filter((name) => name !== "").toSorted();
  const some = known.length === 0 ? undefined : `${known.length === 1 ? "" : "one of "}${quotedList(known)}`;
  if (claim.cluster === "")
    return {
      code: "LABEL_CLUSTER_UNKNOWN",
      sentence: "the service names no service cluster, and no extension serves services without one",
      remedy: `Add the label ${serviceCluster.label} with ${some ?? "the ServiceCluster of an extension"}`,
    };
  const unnamed = around.extensionByCluster.has(serviceCluster.default ?? claim.cluster)
    ? "remove the label for the extension that serves services without it"
    : undefined;
  const ways = [some === undefined ? undefined : `write ${some}`, unnamed]
    .filter((way) => way !== undefined)
    .join(", or ");
  return {
    code: "LABEL_CLUSTER_UNKNOWN",
    sentence: `no extension serves the service cluster ${quoted(claim.cluster)}`,
    remedy: ways === "" ? "Configure an extension for it" : ways.charAt(0).toUpperCase() + ways.slice(1),
  };
}
