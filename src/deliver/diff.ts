/**
 * The offer between what a proxy has been sent and what it should have.
 */
import type { Certificate, CertificateTable, EndpointTable, RouteTable } from "../model/desired.ts";
import type { Memories } from "../model/memory.ts";
import type { HostName, Revision } from "../model/names.ts";
import type { KeptChange, Offer } from "../model/offer.ts";

/** Everything one proxy should have. */
export interface Target {
  /** Absent: the proxy keeps the structure it serves. */
  readonly structure?: { readonly nginxConf: string; readonly revision: Revision };
  readonly routes: RouteTable;
  readonly endpoints: EndpointTable;
  readonly certificates: CertificateTable;
}

/** What has been sent on a stream: the tables, and the structure the proxy has or was last offered. */
export interface Sent {
  readonly structure: Revision;
  readonly routes: RouteTable;
  readonly endpoints: EndpointTable;
  readonly certificates: CertificateTable;
}

/**
 * What to send next; `undefined` when there is nothing to say. Before the first offer `sent` is `undefined`, and the
 * offer is whole.
 *
 * Shape: only the hosts and upstreams that differ, so that one change costs that change whatever the size of the tables.
 */
export function offerBetween(
  sent: Sent | undefined,
  target: Target,
  serving: Revision,
): Omit<Offer, "sequence"> | undefined {
  const known = sent?.structure ?? serving;
  const nginxConf =
    target.structure !== undefined && target.structure.revision !== known ? target.structure.nginxConf : undefined;
  const routes = tableDiff(sent?.routes, target.routes);
  const endpoints = tableDiff(sent?.endpoints, target.endpoints);
  const certificates = certificatesDiff(sent?.certificates, target.certificates);
  const changes = [routes, endpoints, certificates].map(({ set, removed }) => set.size + removed.length);
  const silent = sent !== undefined && nginxConf === undefined && changes.every((count) => count === 0);
  if (silent) return undefined;
  return {
    whole: sent === undefined,
    ...(nginxConf === undefined ? {} : { nginxConf }),
    routes: routes.set,
    removedHosts: routes.removed,
    endpoints: endpoints.set,
    removedUpstreams: endpoints.removed,
    certificates: certificates.set,
    removedCertificates: certificates.removed,
  };
}

/** An offer of what the proxy has already. */
export const nothingOffered: Omit<Offer, "sequence"> = {
  whole: false,
  routes: new Map(),
  removedHosts: [],
  endpoints: new Map(),
  removedUpstreams: [],
  certificates: new Map(),
  removedCertificates: [],
};

/** What a proxy whose routes are not known to core has been sent. */
export interface Fed {
  readonly endpoints: EndpointTable;
  readonly certificates: CertificateTable;
}

/** Before the first. */
export const nothingFed: Fed = { endpoints: new Map(), certificates: new Map() };

/** The endpoints and certificates that changed, for a proxy whose routes are not known to core; nothing is removed. `undefined` when nothing changed. */
export function feedBetween(fed: Fed, now: Fed): Omit<Offer, "sequence"> | undefined {
  const endpoints = tableDiff(fed.endpoints, now.endpoints).set;
  const changed = certificatesDiff(fed.certificates, now.certificates).set;
  const certificates = new Map([...changed].filter(([, one]) => one !== "kept"));
  if (endpoints.size + certificates.size === 0) return undefined;
  return { ...nothingOffered, endpoints, certificates };
}

/** What to tell a proxy that keeps `before` so that it keeps `after`; `undefined` when nothing differs. */
export function keptBetween(before: Memories | undefined, after: Memories): KeptChange | undefined {
  const { set, removed } = tableDiff(before, after);
  if (set.size + removed.length === 0) return undefined;
  return { set: new Map([...set].map(([service, memory]) => [service, JSON.stringify(memory)])), removed };
}

/** True when two tables have the same rows. */
export function sameTable(before: EndpointTable, after: EndpointTable): boolean {
  const { set, removed } = tableDiff(before, after);
  return set.size + removed.length === 0;
}

/** True when two tables have the same certificates. */
export function sameCertificates(before: CertificateTable, after: CertificateTable): boolean {
  const { set, removed } = certificatesDiff(before, after);
  return set.size + removed.length === 0;
}

function tableDiff<Key extends string, Row extends object>(
  before: ReadonlyMap<Key, Row> | undefined,
  after: ReadonlyMap<Key, Row>,
): { set: Map<Key, Row>; removed: Key[] } {
  const set = new Map<Key, Row>();
  for (const [key, rows] of after) {
    const old = before?.get(key);
    // Desired tables are rebuilt at each look: equal rows are often other objects.
    if (old === undefined || (old !== rows && JSON.stringify(old) !== JSON.stringify(rows))) set.set(key, rows);
  }
  const removed = before === undefined ? [] : [...before.keys()].filter((key) => !after.has(key));
  return { set, removed };
}

function certificatesDiff(
  before: CertificateTable | undefined,
  after: CertificateTable,
): { set: CertificateTable; removed: (HostName | "*")[] } {
  const set = new Map([...after].filter(([host, one]) => !sameCertificate(before?.get(host), one)));
  const removed = before === undefined ? [] : [...before.keys()].filter((host) => !after.has(host));
  return { set, removed };
}

function sameCertificate(before: Certificate | "kept" | undefined, after: Certificate | "kept"): boolean {
  if (before === after) return true;
  if (before === undefined || before === "kept" || after === "kept") return false;
  return before.certificatePem === after.certificatePem && before.keyPem === after.keyPem;
}
