/**
 * One extension and the services it serves → everything its cluster should be.
 */
import type { ExtensionConfig } from "../model/config.ts";
import type { DesiredCluster } from "../model/desired.ts";
import type { Problem } from "../model/problem.ts";
import { backendsOf } from "./backends.ts";
import { certificatesOf } from "./certificates.ts";
import { endpointFinder } from "./endpoints.ts";
import { isAllowed } from "./networks.ts";
import { partsOf } from "./parts.ts";
import { passthroughsOf } from "./passthroughs.ts";
import { placesOf } from "./places.ts";
import type { Served } from "./resolve.ts";
import { routesOf } from "./routes.ts";
import { sharingOf } from "./sharing.ts";
import type { Surroundings } from "./surroundings.ts";
import { namesOf } from "./task-names.ts";
import { settleTls } from "./tls.ts";

/** Puts a cluster together. An extension without services is a cluster without routes: its proxies answer 503. */
export function clusterOf(
  extension: ExtensionConfig,
  services: readonly Served[],
  around: Surroundings,
): { readonly cluster: DesiredCluster; readonly problems: readonly Problem[] } {
  const hosts = partsOf(services);
  const tls = settleTls(hosts.parts);
  const places = placesOf(tls.parts);
  const { routes, upstreams } = routesOf(places);
  const passing = passthroughsOf(tls.parts);
  const { certificates, problems } = certificatesOf(tls.parts);
  const endpointsOf = endpointFinder(around);
  const reached = [...upstreams.values(), ...passing.values()].flatMap((upstream) => upstream.members);
  const cluster: DesiredCluster = {
    name: extension.cluster,
    extension: extension.name,
    classic: !extension.hitless,
    structure: {
      cluster: extension.cluster,
      // Of the original's HAProxy only; nothing renders them, so they need not travel.
      settings: { ...extension.settings, adminUser: "", adminPass: "" },
      httpPort: extension.settings.port ?? extension.proxy.targetPort,
      httpsPort: extension.settings.sslPort ?? extension.proxy.targetSslPort,
      // Where HTTPS is not published (0), whoever stands in front of the proxies has it at its usual port.
      publicHttpsPort: extension.proxy.publishedSslPort === 0 ? 443 : extension.proxy.publishedSslPort,
      routes,
      passthroughs: [...passing].map(([host, { name, members }]) => ({
        host,
        upstream: name,
        endpoints: endpointsOf(members),
      })),
    },
    backends: backendsOf(tls.parts, endpointsOf),
    certificates,
    endpoints: new Map([...upstreams].map(([name, { members }]) => [name, endpointsOf(members)])),
    names: namesOf(upstreams),
    networks: networksOf(extension, reached, around),
  };
  return {
    cluster,
    problems: [...hosts.problems, ...tls.problems, ...problems, ...sharingOf(places, tls.parts)],
  };
}

/**
 * Which application networks the proxies must be on: the fixed ones that exist, else those of the services that requests or connections lead to.
 * Services reached by the ports of their nodes need none.
 *
 * Source: reference §2.2 (`Networks`), §4.6, §9 ("proxy joins exactly these at start; never others").
 */
function networksOf(extension: ExtensionConfig, reached: readonly Served[], around: Surroundings): readonly string[] {
  const networks =
    extension.networks === undefined
      ? reached.flatMap(({ reach }) => (reach.kind === "nodes" ? [] : [reach.network]))
      : around.networks.filter((network) => !network.ingress && isAllowed(network, extension));
  return [...new Set(networks.map((network) => network.id))].toSorted();
}
