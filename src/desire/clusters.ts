/**
 * One extension and the services it serves → everything its cluster should be.
 */
import type { ExtensionConfig } from "../model/config.ts";
import type { DesiredCluster } from "../model/desired.ts";
import type { Problem } from "../model/problem.ts";
import { answersOf } from "./answers.ts";
import { endpointFinder } from "./endpoints.ts";
import { isAllowed } from "./networks.ts";
import { layoutOf } from "./layout.ts";
import type { Served } from "./resolve.ts";
import type { Surroundings } from "./surroundings.ts";
import { structureWith } from "./structure.ts";

/** Puts a cluster together. An extension without services is a cluster without routes: its proxies answer 503. */
export function clusterOf(
  extension: ExtensionConfig,
  services: readonly Served[],
  around: Surroundings,
): { readonly cluster: DesiredCluster; readonly problems: readonly Problem[] } {
  const layout = layoutOf(extension, services);
  const { passing, certificates, problems } = layout;
  const endpointsOf = endpointFinder(around);
  const passthroughs = [...passing].map(([host, { name, members }]) => ({
    host,
    upstream: name,
    endpoints: endpointsOf(members),
  }));
  const cluster: DesiredCluster = {
    name: extension.cluster,
    extension: extension.name,
    classic: !extension.hitless,
    structure: structureWith(extension, layout, passthroughs),
    certificates,
    ...answersOf(extension, layout, around),
    names: layout.names,
    networks: networksOf(extension, layout.networks, around),
  };
  return { cluster, problems };
}

/**
 * Which application networks the proxies must be on: the fixed ones that exist, else those of the services that requests or connections lead to.
 * Services reached by the ports of their nodes need none.
 *
 * Source: reference §2.2 (`Networks`), §4.6, §9 ("proxy joins exactly these at start; never others").
 */
function networksOf(extension: ExtensionConfig, reached: readonly string[], around: Surroundings): readonly string[] {
  if (extension.networks === undefined) return reached;
  const networks = around.networks.filter((network) => !network.ingress && isAllowed(network, extension));
  return [...new Set(networks.map((network) => network.id))].toSorted();
}
