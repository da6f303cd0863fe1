/**
 * One extension and the services it serves → everything its cluster should be.
 */
import type { ExtensionConfig } from "../model/config.ts";
import type { DesiredCluster, Endpoint } from "../model/desired.ts";
import type { UpstreamName } from "../model/names.ts";
import type { Problem } from "../model/problem.ts";
import { byAddress, endpointsOf } from "./endpoints.ts";
import { isAllowed } from "./networks.ts";
import type { Served } from "./resolve.ts";
import { type Routing, routesOf } from "./routes.ts";
import type { Surroundings } from "./surroundings.ts";

/** Puts a cluster together. An extension without services is a cluster without routes: its proxies answer 503. */
export function clusterOf(
  extension: ExtensionConfig,
  services: readonly Served[],
  around: Surroundings,
): { readonly cluster: DesiredCluster; readonly problems: readonly Problem[] } {
  const routing = routesOf(services);
  const endpoints = new Map<UpstreamName, readonly Endpoint[]>();
  for (const [upstream, shares] of routing.upstreams)
    endpoints.set(
      upstream,
      shares
        .flatMap((served) => endpointsOf(served, around.tasksByService.get(served.service.id) ?? []))
        .toSorted(byAddress),
    );
  const cluster: DesiredCluster = {
    name: extension.cluster,
    extension: extension.name,
    structure: {
      cluster: extension.cluster,
      // Of the original's HAProxy only; nothing renders them, so they need not travel.
      settings: { ...extension.settings, adminUser: "", adminPass: "" },
      httpPort: extension.settings.port ?? extension.proxy.targetPort,
      httpsPort: extension.settings.sslPort ?? extension.proxy.targetSslPort,
      publicHttpsPort: extension.proxy.publishedSslPort,
      routes: routing.routes,
      passthroughs: [],
    },
    backends: [],
    certificates: [],
    endpoints,
    networks: networksOf(extension, routing, around),
  };
  return { cluster, problems: routing.problems };
}

/**
 * Which application networks the proxies must be on: the fixed ones that exist, else those of the services routes lead to.
 *
 * Source: reference §2.2 (`Networks`), §9 ("proxy joins exactly these at start; never others").
 */
function networksOf(extension: ExtensionConfig, routing: Routing, around: Surroundings): readonly string[] {
  const networks =
    extension.networks === undefined
      ? [...routing.upstreams.values()].flat().map((served) => served.network)
      : around.networks.filter((network) => !network.ingress && isAllowed(network, extension));
  return [...new Set(networks.map((network) => network.id))].toSorted();
}
