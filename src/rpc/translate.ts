/**
 * The one place, with `upstreams.ts`, that speaks two languages: protobuf's (`gen/`) and ours (`model/`). Both ends are of one version and
 * what crosses was validated where it was made, so names are branded here without a second look.
 */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { InterlockError } from "../model/errors.ts";
import type { NginxSettings } from "../model/config.ts";
import type {
  Backend,
  CertificateTable,
  EndpointTable,
  HostRoute,
  NameTable,
  Passthrough,
  Profile,
  Route,
  RouteTable,
  Structure,
} from "../model/desired.ts";
import { wireRevision, wireUpstreamName, type HostName, type ServiceClusterName } from "../model/names.ts";
import { remembering } from "../model/remembering.ts";
import type { Status } from "../model/status.ts";
import type { Offer, Outcome, Serving, Word } from "../model/offer.ts";
import { SupplySecretsRequestSchema, type SupplySecretsRequest } from "./gen/interlock/v1/config_pb.ts";
import { FollowStructureResponseSchema, type FollowStructureResponse } from "./gen/interlock/v1/extension_pb.ts";
import {
  FollowOffersResponseSchema,
  ReportOutcomeRequestSchema,
  type FollowOffersRequest,
  type FollowOffersResponse,
  type ReportOutcomeRequest,
} from "./gen/interlock/v1/proxy_pb.ts";
import {
  HostCertificateSchema,
  HostRouteSchema,
  HostRoutesSchema,
  PassthroughSchema,
  type HostCertificate,
  type HostRoute as HostRouteMessage,
  type HostRoutes,
} from "./gen/interlock/v1/route_pb.ts";
import { keptChangeFromWire, keptChangeToWire } from "./memories.ts";
import { endpointFromWire, endpointToWire, upstreamsFromWire, upstreamsToWire } from "./upstreams.ts";

/** The message of a structure, all but its version. */
export type StructureMessage = Omit<FollowStructureResponse, "version">;

/** Writes a route table; hosts and their routes keep their order. */
export function routesToWire(routes: RouteTable): HostRoutes[] {
  return [...routes].map(([host, list]) =>
    create(HostRoutesSchema, {
      host,
      routes: list.map(hostRouteToWire),
    }),
  );
}

/** Reads a route table; of two entries with the same host the last counts. */
export function routesFromWire(messages: readonly HostRoutes[]): RouteTable {
  return new Map(
    messages.map(({ host, routes }): [HostName | "*", HostRoute[]] => [host as HostName, hostRoutes(routes)]),
  );
}

/** Writes a certificate table. */
export function certificatesToWire(certificates: CertificateTable): HostCertificate[] {
  return [...certificates].map(([host, one]) =>
    create(HostCertificateSchema, { host, ...(one === "kept" ? {} : one) }),
  );
}

/** Reads a certificate table. */
export function certificatesFromWire(messages: readonly HostCertificate[]): CertificateTable {
  return new Map(
    messages.map(({ host, certificatePem, keyPem }) => [
      host as HostName | "*",
      certificatePem === "" ? "kept" : { certificatePem, keyPem },
    ]),
  );
}

/** Writes what a config service hands over. */
export function secretsToWire(secrets: ReadonlyMap<string, Uint8Array>): SupplySecretsRequest {
  return create(SupplySecretsRequestSchema, { secrets: [...secrets].map(([id, data]) => ({ id, data })) });
}

/** Reads what a config service hands over, by the ids of the secrets. */
export function secretsFromWire({ secrets }: Pick<SupplySecretsRequest, "secrets">): ReadonlyMap<string, Uint8Array> {
  return new Map(secrets.map(({ id, data }) => [id, data]));
}

/** Writes a structure, all but its version. Routes of one host must stand together, as {@link Structure} promises. */
export function structureToWire(structure: Structure): StructureMessage {
  const { cluster, settings, httpPort, httpsPort, publicHttpsPort, routes, passthroughs, backends } = structure;
  const byHost = new Map<HostName | "*", Route[]>();
  for (const route of routes) {
    const before = byHost.get(route.host);
    if (before === undefined) byHost.set(route.host, [route]);
    else before.push(route);
  }
  return create(FollowStructureResponseSchema, {
    cluster,
    settingsJson: JSON.stringify(settings),
    httpPort,
    httpsPort,
    publicHttpsPort,
    routes: routesToWire(byHost),
    passthroughs: passthroughs.map((one) =>
      create(PassthroughSchema, { ...one, endpoints: one.endpoints.map(endpointToWire) }),
    ),
    backendsJson: backends === undefined ? "" : JSON.stringify(backends),
  });
}

/**
 * Reads a structure.
 *
 * Fails: DEFECT when the settings or the backends are not JSON; the other end is then not ours.
 */
export function structureFromWire(message: StructureMessage): Structure {
  return {
    cluster: message.cluster as ServiceClusterName,
    settings: fromJson(message.settingsJson, "settings") as NginxSettings,
    httpPort: message.httpPort,
    httpsPort: message.httpsPort,
    publicHttpsPort: message.publicHttpsPort,
    passthroughs: message.passthroughs.map(({ host, upstream, endpoints }): Passthrough => ({
      host: host as HostName | "*",
      upstream: wireUpstreamName(upstream),
      endpoints: endpoints.map(endpointFromWire),
    })),
    ...(message.backendsJson === "" ? {} : { backends: fromJson(message.backendsJson, "backends") as Backend[] }),
    routes: message.routes.flatMap(({ host, routes }) =>
      hostRoutes(routes).map((route): Route => ({ host: host as HostName, ...route })),
    ),
  };
}

/** Writes a message of core's stream. */
export function wordToWire({ blind, offer }: Word): FollowOffersResponse {
  const message = offer === undefined ? create(FollowOffersResponseSchema) : offerToWire(offer);
  return { ...message, blind };
}

/** Reads a message of core's stream. */
export function wordFromWire(message: FollowOffersResponse): Word {
  const offer = offerFromWire(message);
  return { blind: message.blind, ...(offer === undefined ? {} : { offer }) };
}

/** Proxies that are offered the same rows share what is written of them: there may be hundreds, and ten thousand rows. */
const sharedRoutes = remembering(routesToWire);
const sharedUpstreams = remembering((endpoints: EndpointTable, names: NameTable) =>
  upstreamsToWire({ endpoints, names }),
);

/** Writes an offer. */
export function offerToWire(offer: Offer): FollowOffersResponse {
  return create(FollowOffersResponseSchema, {
    sequence: BigInt(offer.sequence),
    whole: offer.whole,
    ...(offer.nginxConf === undefined ? {} : { nginxConf: offer.nginxConf }),
    routes: sharedRoutes(offer.routes),
    removedHosts: [...offer.removedHosts],
    endpoints: sharedUpstreams(offer.endpoints, offer.names),
    removedUpstreams: [...offer.removedUpstreams],
    certificates: certificatesToWire(offer.certificates),
    removedCertificates: [...offer.removedCertificates],
    ...keptChangeToWire(offer.memories),
  });
}

/** Reads an offer; `undefined` for a heartbeat (sequence 0). */
export function offerFromWire(message: FollowOffersResponse): Offer | undefined {
  if (message.sequence === 0n) return undefined;
  const memories = keptChangeFromWire(message);
  return {
    sequence: Number(message.sequence),
    whole: message.whole,
    ...(message.nginxConf === undefined ? {} : { nginxConf: message.nginxConf }),
    routes: routesFromWire(message.routes),
    removedHosts: message.removedHosts.map((host) => host as HostName),
    ...upstreamsFromWire(message.endpoints),
    removedUpstreams: message.removedUpstreams.map(wireUpstreamName),
    certificates: certificatesFromWire(message.certificates),
    removedCertificates: message.removedCertificates.map((host) => host as HostName | "*"),
    ...(memories === undefined ? {} : { memories }),
  };
}

/** Reads what a proxy says it serves, from a request to follow or an outcome. */
export function servingFromWire(message: Pick<FollowOffersRequest, "structure" | "revision">): Serving {
  return { structure: wireRevision(message.structure), revision: wireRevision(message.revision) };
}

/** Writes an outcome. */
export function outcomeToWire(outcome: Outcome): ReportOutcomeRequest {
  return create(ReportOutcomeRequestSchema, {
    sequence: BigInt(outcome.sequence),
    ...outcome.serving,
    outcome: verdictToWire(outcome),
    trouble: outcome.trouble ?? "",
  });
}

/**
 * Reads an outcome.
 *
 * Fails: DEFECT when it carries neither verdict; the other end is then not ours.
 */
export function outcomeFromWire(message: ReportOutcomeRequest): Outcome {
  const common = {
    sequence: Number(message.sequence),
    serving: servingFromWire(message),
    ...(message.trouble === "" ? {} : { trouble: message.trouble }),
  };
  const { outcome } = message;
  if (outcome.case === "applied") return { kind: "applied", ...common, reloaded: outcome.value.reloaded };
  if (outcome.case === "refused") {
    const { structure, reason } = outcome.value;
    return { kind: "refused", ...common, structure: wireRevision(structure), reason };
  }
  throw new InterlockError("DEFECT", "an outcome says neither applied nor refused");
}

function verdictToWire(outcome: Outcome): NonNullable<MessageInitShape<typeof ReportOutcomeRequestSchema>["outcome"]> {
  return outcome.kind === "applied"
    ? { case: "applied", value: { reloaded: outcome.reloaded } }
    : { case: "refused", value: { structure: outcome.structure, reason: outcome.reason } };
}

const written = new WeakMap<HostRoute, HostRouteMessage>();

/** Writes a route; the same message for the same route, since most of a structure is what it was. */
function hostRouteToWire(route: HostRoute): HostRouteMessage {
  const before = written.get(route);
  if (before !== undefined) return before;
  const { path, upstream, profile, strip, sticky, httpsOnly, redirect } = route;
  const message = create(HostRouteSchema, {
    path,
    upstream,
    profile,
    strip: strip ?? false,
    stickyCookie: sticky?.kind === "cookie" ? sticky.name : "",
    stickyAddress: sticky?.kind === "address",
    httpsOnly: httpsOnly ?? false,
    redirectHttp: redirect?.http ?? "",
    redirectHttps: redirect?.https ?? "",
  });
  written.set(route, message);
  return message;
}

function hostRoutes(routes: HostRoutes["routes"]): HostRoute[] {
  return routes.map((message) => ({
    path: message.path,
    upstream: wireUpstreamName(message.upstream),
    profile: message.profile as Profile,
    ...(message.strip ? { strip: true } : {}),
    ...stickyFromWire(message),
    ...(message.httpsOnly ? { httpsOnly: true } : {}),
    ...redirectFromWire(message),
  }));
}

function stickyFromWire(message: HostRouteMessage): Pick<HostRoute, "sticky"> {
  if (message.stickyCookie !== "") return { sticky: { kind: "cookie", name: message.stickyCookie } };
  return message.stickyAddress ? { sticky: { kind: "address" } } : {};
}

function redirectFromWire({ redirectHttp, redirectHttps }: HostRouteMessage): Pick<HostRoute, "redirect"> {
  if (redirectHttp === "" && redirectHttps === "") return {};
  return {
    redirect: {
      ...(redirectHttp === "" ? {} : { http: redirectHttp }),
      ...(redirectHttps === "" ? {} : { https: redirectHttps }),
    },
  };
}

function fromJson(json: string, what: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new InterlockError("DEFECT", `the ${what} of a structure are not JSON`, { cause });
  }
}

/** Reads the status core wrote: the one vocabulary of `model/status.ts`, as JSON. */
export function statusFromJson(text: string): Status {
  return JSON.parse(text) as Status;
}
