/**
 * How the proxies reach a service.
 */
import type { ExtensionConfig } from "../model/config.ts";
import type { Problem } from "../model/problem.ts";
import type { SwarmNetwork } from "../model/snapshot.ts";
import { backendMode } from "../labels/backend_mode.ts";
import type { Claim } from "../labels/claim.ts";
import type { Finding } from "../labels/family.ts";
import { bridge, network as networkFamily } from "../labels/network.ts";
import { quoted } from "../labels/quoted.ts";
import { problemOf } from "../labels/read.ts";
import { virtualAddress } from "./addresses.ts";
import type { AskingService } from "./asking.ts";
import { hostPortMissing, publishesOnNodes } from "./host-mode.ts";
import { networkFor, stackNotice } from "./networks.ts";
import type { Ground } from "./surroundings.ts";

/** By the addresses of its tasks on a network, by its virtual address there, or by the port its tasks publish on their nodes. */
export type Reach =
  | { readonly kind: "tasks"; readonly network: SwarmNetwork }
  | { readonly kind: "vip"; readonly network: SwarmNetwork }
  | { readonly kind: "nodes" };

/** The way to a service; absent when there is none, and a problem says why. */
export interface ReachChoice {
  readonly reach?: Reach;
  readonly problems: readonly Problem[];
}

/**
 * Finds the way to a service: over its network, or by its published ports where its label says `bridge` or it has no network the proxies may join.
 *
 * Source: reference §4.6 (host mode), §4.9 (virtual address).
 */
export function reachOf(service: AskingService, claim: Claim, extension: ExtensionConfig, around: Ground): ReachChoice {
  if (claim.network === bridge) {
    if (publishesOnNodes(service, claim.port)) return overNodes(service, claim);
    return { problems: [problemOf(service.name, networkFamily.label, hostPortMissing(service, claim.port))] };
  }
  const choice = networkFor(service, claim, extension, around);
  if (choice.kind === "refused") {
    const nowhere =
      claim.network === undefined && ["NETWORK_MISSING", "NETWORK_NOT_ALLOWED"].includes(choice.problem.code);
    return nowhere && publishesOnNodes(service, claim.port)
      ? overNodes(service, claim)
      : { problems: [choice.problem] };
  }
  const { network } = choice;
  const notices = stackNotice(service, network);
  if (claim.mode === "task") return { reach: { kind: "tasks", network }, problems: notices };
  if (virtualAddress(service, network.id) !== undefined) return { reach: { kind: "vip", network }, problems: notices };
  return { problems: [problemOf(service.name, backendMode.label, vipMissing(network))] };
}

// The nodes' ports have no virtual address in front. Not to serve the service at all would be no use to its owner.
function overNodes(service: AskingService, claim: Claim): ReachChoice {
  const problems = claim.mode === "task" ? [] : [problemOf(service.name, backendMode.label, vipOfNoUse)];
  return { reach: { kind: "nodes" }, problems };
}

const vipOfNoUse: Finding = {
  code: "LABEL_NO_EFFECT",
  sentence:
    "the service is reached by the ports its tasks publish on their nodes, where it has no virtual address: requests go to the tasks",
  remedy: `Remove the label ${backendMode.label}, or attach the service to an overlay network`,
};

function vipMissing(network: SwarmNetwork): Finding {
  return {
    code: "VIP_MISSING",
    sentence: `the service has no virtual address on the network ${quoted(network.name)}`,
    remedy: `Use endpoint_mode vip instead of dnsrr, or remove the label ${backendMode.label} so that requests go to the tasks`,
  };
}
