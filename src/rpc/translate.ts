/**
 * The one place, with `routes.ts` and `upstreams.ts`, that speaks two languages: protobuf's (`gen/`) and ours (`model/`). Both ends are of one version and
 * what crosses was validated where it was made, so names are branded here without a second look.
 */
import { create, type MessageInitShape, toBinary, type UnknownField } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { InterlockError } from "../model/errors.ts";
import type { NginxSettings } from "../model/config.ts";
import type {
  Backend,
  CertificateTable,
  EndpointTable,
  NameTable,
  Passthrough,
  Route,
  RouteTable,
  Structure,
} from "../model/desired.ts";
import { wireRevision, wireUpstreamName, type HostName, type ServiceClusterName } from "../model/names.ts";
import { rememberingEach } from "../model/remembering.ts";
import { type ChangeSince, routesAfter } from "../model/routes-change.ts";
import type { Status } from "../model/status.ts";
import type { KeptChange, Offer, Outcome, Serving, Word } from "../model/offer.ts";
import { SupplySecretsRequestSchema, type SupplySecretsRequest } from "./gen/interlock/v1/config_pb.ts";
import { FollowStructureResponseSchema, type FollowStructureResponse } from "./gen/interlock/v1/extension_pb.ts";
import {
  FollowOffersResponseSchema,
  ReportOutcomeRequestSchema,
  type FollowOffersRequest,
  type FollowOffersResponse,
  type ReportOutcomeRequest,
} from "./gen/interlock/v1/proxy_pb.ts";
import { HostCertificateSchema, PassthroughSchema, type HostCertificate } from "./gen/interlock/v1/route_pb.ts";
import { keptChangeFromWire, keptChangeToWire } from "./memories.ts";
import { hostsFromWire, routesFromWire, routesToWire } from "./routes.ts";
import { endpointFromWire, endpointToWire, upstreamsFromWire, upstreamsToWire } from "./upstreams.ts";

/** The message of a structure, all but its version. */
export type StructureMessage = Omit<FollowStructureResponse, "version">;

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

/**
 * Writes a structure, all but its version; with a change, of its routes only that. Routes of one host must stand together, as {@link Structure}
 * promises.
 */
export function structureToWire(structure: Structure, change?: ChangeSince): StructureMessage {
  const { cluster, settings, httpPort, httpsPort, publicHttpsPort, routes, passthroughs, backends } = structure;
  return create(FollowStructureResponseSchema, {
    cluster,
    settingsJson: JSON.stringify(settings),
    httpPort,
    httpsPort,
    publicHttpsPort,
    routes: routesToWire(change?.set ?? Map.groupBy(routes, ({ host }) => host)),
    since: BigInt(change?.since ?? 0),
    removedHosts: [...(change?.removed ?? [])],
    passthroughs: passthroughs.map((one) =>
      create(PassthroughSchema, { ...one, endpoints: one.endpoints.map(endpointToWire) }),
    ),
    backendsJson: backends === undefined ? "" : JSON.stringify(backends),
  });
}

/**
 * Reads a structure; `before` is the one it may be told as a change of.
 *
 * Fails: DEFECT when that is not there, or the settings or the backends are not JSON; the other end is then not ours.
 */
export function structureFromWire(message: StructureMessage, before?: Structure): Structure {
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
    routes: structureRoutes(message, before),
  };
}

function structureRoutes(message: StructureMessage, before: Structure | undefined): readonly Route[] {
  const { since, routes, removedHosts } = message;
  const set = new Map(
    [...routesFromWire(routes)].map(([host, list]) => [host, list.map((route): Route => ({ host, ...route }))]),
  );
  if (since === 0n) return [...set.values()].flat();
  if (before !== undefined) return routesAfter(before.routes, { set, removed: hostsFromWire(removedHosts) });
  throw new InterlockError("DEFECT", "a structure is told as a change of one that was not told");
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

/** Writes an offer; of its tables it holds the bytes ({@link written}). */
export function offerToWire(offer: Offer): FollowOffersResponse {
  const { routes, endpoints, names, certificates, memories } = offer;
  const message = create(FollowOffersResponseSchema, {
    sequence: BigInt(offer.sequence),
    whole: offer.whole,
    ...(offer.nginxConf === undefined ? {} : { nginxConf: offer.nginxConf }),
    removedHosts: [...offer.removedHosts],
    removedUpstreams: [...offer.removedUpstreams],
    removedCertificates: [...offer.removedCertificates],
  });
  const tables = [
    routesWritten(routes),
    upstreamsWritten(endpoints, names),
    certificatesWritten(certificates),
    memories === undefined ? [] : memoriesWritten(memories),
  ];
  return { ...message, $unknown: tables.flat() };
}

/** True when the tables in an offer are more than a connection takes at once: it then lies in memory until they have been taken. */
export function isLong({ $unknown: tables = [] }: FollowOffersResponse): boolean {
  return tables.reduce((sum, { data }) => sum + data.length, 0) > 65_536;
}

/** Proxies that are offered the same tables share what is written of them: when core starts anew there may be hundreds, and ten thousand rows. */
const routesWritten = rememberingEach((routes: RouteTable) => written({ routes: routesToWire(routes) }));
const upstreamsWritten = rememberingEach((endpoints: EndpointTable, names: NameTable) =>
  written({ endpoints: upstreamsToWire({ endpoints, names }) }),
);
const certificatesWritten = rememberingEach((table: CertificateTable) =>
  written({ certificates: certificatesToWire(table) }),
);
const memoriesWritten = rememberingEach((change: KeptChange) => written(keptChangeToWire(change)));

/**
 * Fields of an offer as bytes.
 *
 * Shape: what protobuf calls unknown fields and writes as it finds it. A message is the fields of its parts one after the other
 * (https://protobuf.dev/programming-guides/encoding/#last-one-wins), so that one tag with all that follows it stands for all of them. Protobuf
 * as JSON has no such fields, and would leave them out: agents speak gRPC.
 */
function written(fields: MessageInitShape<typeof FollowOffersResponseSchema>): readonly UnknownField[] {
  const bytes = toBinary(FollowOffersResponseSchema, create(FollowOffersResponseSchema, fields));
  if (bytes.length === 0) return [];
  const reader = new BinaryReader(bytes);
  const [no, wireType] = reader.tag();
  return [{ no, wireType, data: bytes.subarray(reader.pos) }];
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
    removedHosts: hostsFromWire(message.removedHosts),
    ...upstreamsFromWire(message.endpoints),
    removedUpstreams: message.removedUpstreams.map(wireUpstreamName),
    certificates: certificatesFromWire(message.certificates),
    removedCertificates: hostsFromWire(message.removedCertificates),
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
