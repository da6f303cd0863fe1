/**
 * Over which network a service is reached.
 */
import type { ExtensionConfig } from "../model/config.ts";
import type { Problem } from "../model/problem.ts";
import type { SwarmNetwork } from "../model/snapshot.ts";
import type { Claim } from "../labels/claim.ts";
import type { Finding } from "../labels/family.ts";
import { nearest } from "../model/nearest.ts";
import { network as family } from "../labels/network.ts";
import { quoted, quotedList } from "../labels/quoted.ts";
import { problemOf } from "../labels/read.ts";
import type { AskingService } from "./asking.ts";
import { publishFlag } from "./host-mode.ts";
import { byText } from "../model/order.ts";
import type { Ground } from "./surroundings.ts";

/** A network, or why there is none. */
export type NetworkChoice =
  | { readonly kind: "chosen"; readonly network: SwarmNetwork }
  | { readonly kind: "refused"; readonly problem: Problem };

const stackLabel = "com.docker.stack.namespace";

/** What the older routing mesh (HRM) called the network it shared with its services, and the label it knew it by. Source: reference §3. */
const mesh = { name: "ucp-hrm", label: "com.docker.ucp.mesh.http" };

/**
 * Chooses the network the proxies reach a service over: the one its label names, else the only overlay it is on, else of several that of the
 * older routing mesh, since labels of that time named none. Where the operator fixed the proxies' networks, only those count.
 *
 * Source: reference §3 (`network`, HRM), §2.2 (`Networks`), ENGCORE-837, ENGCORE-912.
 */
export function networkFor(
  service: AskingService,
  claim: Claim,
  extension: ExtensionConfig,
  around: Ground,
): NetworkChoice {
  const joined = joinedBy(service, around);
  const choice =
    claim.network === undefined ? onlyOne(joined, claim, extension) : named(claim.network, joined, extension, around);
  return "code" in choice
    ? { kind: "refused", problem: problemOf(service.name, family.label, choice) }
    : { kind: "chosen", network: choice };
}

/** The overlay networks of a service, sorted by name; Swarm's own ingress network is for published ports and none of them. */
function joinedBy(service: AskingService, around: Ground): readonly SwarmNetwork[] {
  return [...new Set(service.networks)]
    .map((id) => around.networkById.get(id))
    .filter((network) => network !== undefined)
    .filter((network) => !network.ingress)
    .toSorted((a, b) => byText(a.name, b.name));
}

function named(
  wanted: string,
  joined: readonly SwarmNetwork[],
  extension: ExtensionConfig,
  around: Ground,
): SwarmNetwork | Finding {
  const network = around.networkByName.get(wanted) ?? around.networkById.get(wanted);
  if (network === undefined || network.ingress) return unknown(wanted, joined, around);
  if (!joined.includes(network))
    return {
      code: "LABEL_NETWORK_NOT_JOINED",
      sentence: `the service is not on the network ${quoted(network.name)}`,
      remedy: `Attach the service to it${joined.length === 0 ? "" : `, or write ${oneOf(joined)}, which it is on`}`,
    };
  return isAllowed(network, extension) ? network : notAllowed([network], extension);
}

function onlyOne(joined: readonly SwarmNetwork[], claim: Claim, extension: ExtensionConfig): SwarmNetwork | Finding {
  const allowed = joined.filter((network) => isAllowed(network, extension));
  const [first, ...others] = allowed;
  if (first !== undefined && others.length === 0) return first;
  const meshed = allowed.find((network) => network.name === mesh.name || Object.hasOwn(network.labels, mesh.label));
  if (meshed !== undefined) return meshed;
  if (first !== undefined)
    return {
      code: "LABEL_NETWORK_AMBIGUOUS",
      sentence: `the service is on the networks ${quotedList(names(allowed))} and does not say which one the proxies shall use`,
      remedy: `Add the label ${family.label} with one of these names`,
    };
  return joined.length === 0 ? missing(claim.port) : notAllowed(joined, extension);
}

function missing(port: number): Finding {
  return {
    code: "NETWORK_MISSING",
    sentence: `the service is on no overlay network and does not publish port ${port} on its nodes, so the proxies cannot reach it`,
    remedy: `Attach it to an overlay network, or publish the port on the nodes with ${publishFlag(port)}`,
  };
}

function unknown(wanted: string, joined: readonly SwarmNetwork[], around: Ground): Finding {
  return {
    code: "LABEL_NETWORK_UNKNOWN",
    sentence: `there is no overlay network ${quoted(wanted)} for applications in this Swarm`,
    remedy: remedyForUnknown(wanted, joined, around),
  };
}

function remedyForUnknown(wanted: string, joined: readonly SwarmNetwork[], around: Ground): string {
  // A network the service is on is the likelier meaning than one of somebody else.
  const others = around.networks.filter((network) => !network.ingress);
  const prefixed = [...joined, ...others].find((network) => network.name.endsWith(`_${wanted}`));
  if (prefixed !== undefined)
    return `Write ${quoted(prefixed.name)}: docker stack deploy puts the stack's name before the names of its networks`;
  const meant = nearest(wanted, names(joined)) ?? nearest(wanted, names(others));
  if (meant !== undefined) return `Write ${quoted(meant)} if that is what you mean`;
  if (joined.length > 0) return `Write ${oneOf(joined)}, which the service is on`;
  return "Create the network, attach the service to it, and write its name with the stack's name before it where a stack makes it";
}

function notAllowed(networks: readonly SwarmNetwork[], extension: ExtensionConfig): Finding {
  return {
    code: "NETWORK_NOT_ALLOWED",
    sentence: `the proxies of ${clusterText(extension)} are kept to fixed networks, and ${quotedList(names(networks))} is none of them`,
    remedy: `Attach the service to one of ${quotedList(extension.networks ?? [])}, or have the operator add the network to Networks of [Extensions.${extension.name}]`,
  };
}

/** Whether the operator lets the proxies of this extension onto a network. `Networks` holds names; an id is taken too. */
export function isAllowed(network: SwarmNetwork, extension: ExtensionConfig): boolean {
  const fixed = extension.networks;
  return fixed === undefined || fixed.includes(network.name) || fixed.includes(network.id);
}

/**
 * Says that a network will be in the way of its own stack's removal.
 *
 * Source: reference §7 row 26: `docker stack rm` fails while the proxies hold the stack's network.
 */
export function stackNotice(service: AskingService, network: SwarmNetwork): readonly Problem[] {
  const stack = network.labels[stackLabel];
  if (stack === undefined || stack !== service.labels[stackLabel]) return [];
  return [
    problemOf(service.name, family.label, {
      code: "NETWORK_OWNED_BY_STACK",
      sentence: `the network ${quoted(network.name)} belongs to the stack ${quoted(stack)}, and the proxies are on it: docker stack rm may answer once that it is in use`,
      remedy: "Create the network outside the stack and declare it external, or repeat docker stack rm after a moment",
    }),
  ];
}

function clusterText(extension: ExtensionConfig): string {
  return extension.cluster === "" ? "the unnamed service cluster" : `the service cluster ${quoted(extension.cluster)}`;
}

function oneOf(networks: readonly SwarmNetwork[]): string {
  return networks.length === 1 ? quotedList(names(networks)) : `one of ${quotedList(names(networks))}`;
}

function names(networks: readonly SwarmNetwork[]): readonly string[] {
  return networks.map((network) => network.name);
}
