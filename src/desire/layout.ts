/**
 * Everything about a cluster that does not depend on where its services answer now.
 */
import type { ExtensionConfig } from "../model/config.ts";
import type { NameTable, WantedCertificate } from "../model/desired.ts";
import type { Problem } from "../model/problem.ts";
import { type BackendSketch, sketchesOf } from "./backends.ts";
import { certificatesOf } from "./certificates.ts";
import { type Part, partsOf } from "./parts.ts";
import { passthroughsOf } from "./passthroughs.ts";
import { placesOf } from "./places.ts";
import { sameElements } from "../model/remembering.ts";
import type { Served } from "./resolve.ts";
import { type Routing, routesOf } from "./routes.ts";
import { sharingOf } from "./sharing.ts";
import { namesOf } from "./task-names.ts";
import { settleTls } from "./tls.ts";
import type { Upstream } from "./upstreams.ts";

/** Who serves which host and path, and how. */
export interface Layout extends Routing {
  readonly passing: ReadonlyMap<Part["host"], Upstream>;
  readonly names: NameTable;
  readonly certificates: readonly WantedCertificate[];
  readonly sketches: readonly BackendSketch[];
  /** Ids of the networks of the services that requests or connections lead to, sorted. */
  readonly networks: readonly string[];
  readonly problems: readonly Problem[];
}

const known = new WeakMap<ExtensionConfig, { readonly services: readonly Served[]; readonly layout: Layout }>();

/** Lays a cluster out; the same object again for the very same services, whatever became of their tasks. */
export function layoutOf(extension: ExtensionConfig, services: readonly Served[]): Layout {
  const before = known.get(extension);
  if (before !== undefined && sameElements(before.services, services)) return before.layout;
  const layout = laidOut(services);
  known.set(extension, { services, layout });
  return layout;
}

function laidOut(services: readonly Served[]): Layout {
  const hosts = partsOf(services);
  const tls = settleTls(hosts.parts);
  const places = placesOf(tls.parts);
  const { routes, upstreams } = routesOf(places);
  const passing = passthroughsOf(tls.parts);
  const { certificates, problems } = certificatesOf(tls.parts);
  const networks = new Set<string>();
  for (const { members } of [...upstreams.values(), ...passing.values()])
    for (const { reach } of members) if (reach.kind !== "nodes") networks.add(reach.network.id);
  return {
    routes,
    upstreams,
    names: namesOf(upstreams),
    passing,
    certificates,
    sketches: sketchesOf(tls.parts),
    networks: [...networks].toSorted(),
    problems: [...hosts.problems, ...tls.problems, ...problems, ...sharingOf(places, tls.parts)],
  };
}
