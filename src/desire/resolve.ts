/**
 * From a claim to a service that can be served.
 */
import type { ExtensionConfig } from "../model/config.ts";
import type { Problem } from "../model/problem.ts";
import type { SwarmNetwork, SwarmService } from "../model/snapshot.ts";
import { backendMode } from "../labels/backend_mode.ts";
import type { Claim } from "../labels/claim.ts";
import type { Finding } from "../labels/family.ts";
import { quoted, quotedList } from "../labels/quoted.ts";
import { problemOf } from "../labels/read.ts";
import { serviceCluster } from "../labels/service_cluster.ts";
import { virtualAddress } from "./endpoints.ts";
import { networkFor, stackNotice } from "./networks.ts";
import type { Surroundings } from "./surroundings.ts";

/** A service whose claim can be met: by whom, and over which network. */
export interface Served {
  readonly service: SwarmService;
  readonly claim: Claim;
  readonly extension: ExtensionConfig;
  readonly network: SwarmNetwork;
}

/** What became of a claim; `served` is absent when it cannot be met, and a problem says why. */
export interface Resolution {
  readonly served?: Served;
  readonly problems: readonly Problem[];
}

/** Finds the extension and the network for a claim, as the Swarm and the configuration are now. */
export function resolve(service: SwarmService, claim: Claim, around: Surroundings): Resolution {
  const extension = around.extensionByCluster.get(claim.cluster);
  if (extension === undefined)
    return { problems: [problemOf(service.name, serviceCluster.label, clusterUnknown(claim, around))] };
  const choice = networkFor(service, claim, extension, around);
  if (choice.kind === "refused") return { problems: [choice.problem] };
  const { network } = choice;
  if (claim.mode === "vip" && virtualAddress(service, network.id) === undefined)
    return { problems: [problemOf(service.name, backendMode.label, vipMissing(network))] };
  return { served: { service, claim, extension, network }, problems: stackNotice(service, network) };
}

function clusterUnknown(claim: Claim, around: Surroundings): Finding {
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

function vipMissing(network: SwarmNetwork): Finding {
  return {
    code: "VIP_MISSING",
    sentence: `the service has no virtual address on the network ${quoted(network.name)}`,
    remedy: `Use endpoint_mode vip instead of dnsrr, or remove the label ${backendMode.label} so that requests go to the tasks`,
  };
}
