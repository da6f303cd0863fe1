/**
 * The offer between what a proxy has been sent and what it should have.
 */
import { forEachUnlike, sameKeys } from "../model/amended.ts";
import type {
  Certificate,
  CertificateTable,
  EndpointTable,
  HostRoute,
  NameTable,
  RouteTable,
} from "../model/desired.ts";
import type { Memories, Memory } from "../model/memory.ts";
import type { HostName, Revision, UpstreamName } from "../model/names.ts";
import { type KeptChange, nothingOffered, type Offer } from "../model/offer.ts";
import { remembering, rememberingEach } from "../model/remembering.ts";

/** Where upstreams answer, and what Docker's DNS calls their tasks. */
export interface Upstreams {
  readonly endpoints: EndpointTable;
  readonly names: NameTable;
}

/** Everything one proxy should have. */
export interface Target extends Upstreams {
  /** Absent: the proxy keeps the structure it serves. */
  readonly structure?: { readonly nginxConf: string; readonly revision: Revision };
  readonly routes: RouteTable;
  readonly certificates: CertificateTable;
}

/** What has been sent on a stream: the tables, and the structure the proxy has or was last offered. */
export interface Sent extends Upstreams {
  readonly structure: Revision;
  readonly routes: RouteTable;
  readonly certificates: CertificateTable;
}

/**
 * What to send next; `undefined` when there is nothing to say. Before the first offer `sent` is `undefined`, and the
 * offer is whole.
 *
 * Shape: only the hosts and upstreams that differ, so that one change costs that change whatever the size of the tables. Proxies that have been sent
 * the same tables share what differs, which is found once.
 */
export function offerBetween(
  sent: Sent | undefined,
  target: Target,
  serving: Revision,
): Omit<Offer, "sequence"> | undefined {
  const known = sent?.structure ?? serving;
  const nginxConf =
    target.structure !== undefined && target.structure.revision !== known ? target.structure.nginxConf : undefined;
  const routes = routesDiff(sent?.routes, target.routes);
  const upstreams = upstreamsDiff(sent, target);
  const certificates = certificatesDiff(sent?.certificates, target.certificates);
  const changes = [routes, upstreams, certificates].map(({ set, removed }) => set.size + removed.length);
  const silent = sent !== undefined && nginxConf === undefined && changes.every((count) => count === 0);
  if (silent) return undefined;
  return {
    whole: sent === undefined,
    ...(nginxConf === undefined ? {} : { nginxConf }),
    routes: routes.set,
    removedHosts: routes.removed,
    endpoints: upstreams.set,
    names: upstreams.names,
    removedUpstreams: upstreams.removed,
    certificates: certificates.set,
    removedCertificates: certificates.removed,
  };
}

/** What a proxy whose routes are not known to core has been sent. */
export interface Fed extends Upstreams {
  readonly certificates: CertificateTable;
}

/** Before the first. */
export const nothingFed: Fed = { endpoints: new Map(), names: new Map(), certificates: new Map() };

/** The endpoints and certificates that changed, for a proxy whose routes are not known to core; nothing is removed. `undefined` when nothing changed. */
export function feedBetween(fed: Fed, now: Fed): Omit<Offer, "sequence"> | undefined {
  const { set: endpoints, names } = upstreamsDiff(fed, now);
  const certificates = thoseThere(certificatesDiff(fed.certificates, now.certificates).set);
  if (endpoints.size + certificates.size === 0) return undefined;
  return { ...nothingOffered, endpoints, names, certificates };
}

const thoseThere = rememberingEach(
  (table: CertificateTable): CertificateTable => new Map([...table].filter(([, one]) => one !== "kept")),
);

/** What to tell a proxy that keeps `before` so that it keeps `after`; `undefined` when nothing differs. */
export function keptBetween(before: Memories | undefined, after: Memories): KeptChange | undefined {
  return before === undefined ? allKept(after) : keptChange(before, after);
}

const allKept = rememberingEach((after: Memories) => keptOf({ set: after, removed: [] }));
const keptChange = remembering((before: Memories, after: Memories) => keptOf(tableDiff(before, after)));

function keptOf({ set, removed }: TableDiff<string, Memory>): KeptChange | undefined {
  if (set.size + removed.length === 0) return undefined;
  return { set: new Map([...set].map(([service, memory]) => [service, JSON.stringify(memory)])), removed };
}

/** True when both have the same rows. */
export function sameUpstreams(before: Upstreams, after: Upstreams): boolean {
  const { set, removed } = upstreamsDiff(before, after);
  return set.size + removed.length === 0;
}

/** True when two tables have the same certificates. */
export function sameCertificates(before: CertificateTable, after: CertificateTable): boolean {
  const { set, removed } = certificatesDiff(before, after);
  return set.size + removed.length === 0;
}

function upstreamsDiff(before: Upstreams | undefined, after: Upstreams): UpstreamsDiff {
  return tablesDiff(before?.endpoints, before?.names, after.endpoints, after.names);
}

interface UpstreamsDiff {
  readonly set: EndpointTable;
  readonly names: NameTable;
  readonly removed: readonly UpstreamName[];
}

/** An upstream whose endpoints or names changed is given with both. */
const tablesDiff = remembering(
  (
    endpointsBefore: EndpointTable | undefined,
    namesBefore: NameTable | undefined,
    endpointsAfter: EndpointTable,
    namesAfter: NameTable,
  ): UpstreamsDiff => {
    if (endpointsBefore === undefined || endpointsBefore.size === 0)
      return { set: endpointsAfter, names: namesAfter, removed: [] };
    const endpoints = tableDiff(endpointsBefore, endpointsAfter);
    const names = tableDiff(namesBefore, namesAfter);
    const set = new Map(endpoints.set);
    for (const upstream of [...names.set.keys(), ...names.removed]) {
      const list = endpointsAfter.get(upstream);
      if (list !== undefined) set.set(upstream, list);
    }
    const named = [...set.keys()].flatMap((upstream) => {
      const list = namesAfter.get(upstream);
      return list === undefined ? [] : [[upstream, list] as const];
    });
    return { set, names: new Map(named), removed: endpoints.removed };
  },
);

/** The hosts whose routes differ. */
export const routesDiff: (
  before: RouteTable | undefined,
  after: RouteTable,
) => TableDiff<HostName | "*", readonly HostRoute[]> = remembering(
  (before: RouteTable | undefined, after: RouteTable) => tableDiff(before, after),
);

/** What a table changes of an earlier one. */
export interface TableDiff<Key, Row> {
  readonly set: ReadonlyMap<Key, Row>;
  readonly removed: readonly Key[];
}

function tableDiff<Key extends string, Row extends object>(
  before: ReadonlyMap<Key, Row> | undefined,
  after: ReadonlyMap<Key, Row>,
): TableDiff<Key, Row> {
  // The very table, for whoever remembers what came of it.
  if (before === undefined || before.size === 0) return { set: after, removed: [] };
  const set = new Map<Key, Row>();
  // Every heartbeat comes by here: without news it must not cost the size of the table.
  if (before === after) return { set, removed: [] };
  let known = 0;
  forEachUnlike(after, before, (row, key) => {
    const old = before.get(key);
    if (old !== undefined) known += 1;
    // Desired tables are rebuilt at each look: equal rows are often other objects.
    if (old === undefined || (old !== row && JSON.stringify(old) !== JSON.stringify(row))) set.set(key, row);
  });
  const isWhole = known === before.size || sameKeys(before, after);
  const removed = isWhole ? [] : [...before.keys()].filter((key) => !after.has(key));
  return { set, removed };
}

const certificatesDiff = remembering(
  (before: CertificateTable | undefined, after: CertificateTable): TableDiff<HostName | "*", Certificate | "kept"> => {
    if (before === undefined || before.size === 0) return { set: after, removed: [] };
    if (before === after) return { set: new Map(), removed: [] };
    const set = new Map([...after].filter(([host, one]) => !sameCertificate(before.get(host), one)));
    const removed = [...before.keys()].filter((host) => !after.has(host));
    return { set, removed };
  },
);

function sameCertificate(before: Certificate | "kept" | undefined, after: Certificate | "kept"): boolean {
  if (before === after) return true;
  if (before === undefined || before === "kept" || after === "kept") return false;
  return before.certificatePem === after.certificatePem && before.keyPem === after.keyPem;
}
