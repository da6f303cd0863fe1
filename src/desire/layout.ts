/**
 * Everything about a cluster that does not depend on where its services answer now.
 */
import type { ExtensionConfig } from "../model/config.ts";
import { amended, rowsUnlike, sameKeys } from "../model/amended.ts";
import { differing, firstNot } from "../model/differing.ts";
import type { NameTable, Route, WantedCertificate } from "../model/desired.ts";
import type { UpstreamName } from "../model/names.ts";
import type { Problem } from "../model/problem.ts";
import { agedOf, byServiceAge } from "./aged.ts";
import { type BackendSketch, sketchesOf } from "./backends.ts";
import { certificatesOf } from "./certificates.ts";
import { neighboursOf } from "./neighbours.ts";
import { byText } from "../model/order.ts";
import { byHost, byPlace } from "./order.ts";
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
export interface Layout extends Plot {
  readonly names: NameTable;
  /** Ids of the networks of the services that requests or connections lead to, sorted. */
  readonly networks: readonly string[];
}

/** What services that have nothing to do with one another do not change for each other. */
interface Plot extends Routing {
  /** Sorted by host. */
  readonly passing: ReadonlyMap<Part["host"], Upstream>;
  /** Sorted by host. */
  readonly certificates: readonly WantedCertificate[];
  /** Sorted by host, then age of the service. */
  readonly sketches: readonly BackendSketch[];
  /** Unsorted. */
  readonly problems: readonly Problem[];
}

interface Known {
  readonly services: readonly Served[];
  readonly layout: Layout;
}

const known = new WeakMap<ExtensionConfig, Known>();

/**
 * Lays a cluster out; the same object again for the very same services, whatever became of their tasks.
 *
 * Shape: where few services are others than before, what they and their neighbours have is laid out again and put in the place of what these had.
 */
export function layoutOf(extension: ExtensionConfig, services: readonly Served[]): Layout {
  const before = known.get(extension);
  if (before !== undefined && sameElements(before.services, services)) return before.layout;
  const layout = (before && amendedLayout(before, services)) ?? wholeLayout(agedOf(extension, services));
  known.set(extension, { services, layout });
  return layout;
}

function wholeLayout(aged: readonly Served[]): Layout {
  const plot = plotOf(aged, false);
  return { ...plot, names: namesOf(plot.upstreams), networks: networksOf(plot) };
}

/** More than this are laid out with all the others. */
const mostAmended = 500;

/** What a cluster has now; `undefined` where it is to be laid out whole, as for all hosts that nobody names: who has those matters to everybody. */
function amendedLayout({ services: before, layout }: Known, services: readonly Served[]): Layout | undefined {
  const { gone, come } = differing(before, services, ({ service }) => service.id);
  if (gone.length + come.length > mostAmended) return undefined;
  const theirs = neighboursOf([...gone, ...come], services);
  if (theirs.size > mostAmended || [...theirs].some(({ claim }) => claim.defaultBackend)) return undefined;
  const isCertified = layout.certificates.some(({ host }) => host === "*");
  const plot = plotOf(services.filter((served) => theirs.has(served)).toSorted(byServiceAge), isCertified);
  const hosts = new Set<Part["host"]>([...theirs].flatMap(({ claim }) => claim.hosts));
  const names = new Set([...theirs].map(({ service }) => service.name));
  const isTheirs = ({ host }: Pick<Route, "host">): boolean => hosts.has(host);
  const theirRoutes = layout.routes.filter(isTheirs);
  const theirUpstreams = new Map(theirRoutes.flatMap(({ upstream }) => rowOf(layout.upstreams, upstream)));
  const upstreams = upstreamsAfter(layout.upstreams, theirUpstreams, plot.upstreams);
  const theirPassing = new Map([...layout.passing].filter(([host]) => hosts.has(host)));
  const passing = passingAfter(layout.passing, theirPassing, plot.passing);
  const lost = networksOf({ upstreams: theirUpstreams, passing: theirPassing });
  const reached = networksOf(plot);
  return {
    routes: replaced(layout.routes, theirRoutes, plot.routes, byPlace),
    upstreams,
    passing,
    certificates: replaced(layout.certificates, layout.certificates.filter(isTheirs), plot.certificates, byHost),
    sketches: merged(
      layout.sketches.filter(({ served }) => !theirs.has(served)),
      plot.sketches,
      (a, b) => byHost(a.rest, b.rest),
    ),
    problems: [...layout.problems.filter(({ service }) => !names.has(service)), ...plot.problems],
    names: namesAfter(layout, upstreams),
    networks: networksAfter(layout.networks, lost, reached) ?? networksOf({ upstreams, passing }),
  };
}

function rowOf<Key, Row>(table: ReadonlyMap<Key, Row>, key: Key): readonly (readonly [Key, Row])[] {
  const row = table.get(key);
  return row === undefined ? [] : [[key, row]];
}

/** Mostly a service has a host more or less: then its upstreams are called what they were, and the table is not made anew. */
function upstreamsAfter(
  upstreams: Layout["upstreams"],
  gone: Layout["upstreams"],
  come: Layout["upstreams"],
): Layout["upstreams"] {
  if (gone.size === come.size && [...come.keys()].every((name) => gone.has(name))) {
    const others = new Map([...come].filter(([name, upstream]) => gone.get(name) !== upstream));
    return others.size === 0 ? upstreams : amended(upstreams, others);
  }
  const left = [...upstreams].filter(([name]) => !gone.has(name));
  return new Map(merged(left, [...come], byKey));
}

/** `undefined` where some are lost: whether somebody else is on a network that they are not on any more, only all can tell. */
function networksAfter(
  networks: Layout["networks"],
  lost: Layout["networks"],
  reached: Layout["networks"],
): Layout["networks"] | undefined {
  if (!lost.every((network) => reached.includes(network))) return undefined;
  const more = reached.filter((network) => !networks.includes(network));
  return more.length === 0 ? networks : [...networks, ...more].toSorted();
}

function passingAfter(passing: Layout["passing"], gone: Layout["passing"], come: Layout["passing"]): Layout["passing"] {
  if (gone.size + come.size === 0) return passing;
  return new Map(
    merged(
      [...passing].filter(([host]) => !gone.has(host)),
      [...come],
      byKey,
    ),
  );
}

function namesAfter({ upstreams: older, names }: Layout, upstreams: Layout["upstreams"]): NameTable {
  if (!sameKeys(older, upstreams)) return namesOf(upstreams);
  const changed = new Map(rowsUnlike(upstreams, older));
  const rows = namesOf(changed);
  if ([...changed.keys()].some((name) => names.has(name) !== rows.has(name))) return namesOf(upstreams);
  const others = new Map([...rows].filter(([name, row]) => JSON.stringify(names.get(name)) !== JSON.stringify(row)));
  return others.size === 0 ? names : amended(names, others);
}

/** A list in which others take the place of some of its rows; the list itself where these were the same. All lists are in this order. */
function replaced<Row extends object>(
  rows: readonly Row[],
  gone: readonly Row[],
  come: readonly Row[],
  order: (a: Row, b: Row) => number,
): readonly Row[] {
  if (JSON.stringify(gone) === JSON.stringify(come)) return rows;
  const left = new Set(gone);
  return merged(left.size === 0 ? rows : rows.filter((row) => !left.has(row)), come, order);
}

/** Both lists are in this order. */
function merged<Row>(others: readonly Row[], come: readonly Row[], order: (a: Row, b: Row) => number): readonly Row[] {
  if (come.length === 0) return others;
  const all = [...others];
  for (const one of come)
    all.splice(
      firstNot(all, (other) => order(other, one) <= 0),
      0,
      one,
    );
  return all;
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return byText(a, b);
}

/** Lays services out, the older before the younger; `certified` says that another one has a certificate for every host that has none. */
function plotOf(aged: readonly Served[], certified: boolean): Plot {
  const hosts = partsOf(aged);
  const tls = settleTls(hosts.parts);
  const places = placesOf(tls.parts);
  const { certificates, problems } = certificatesOf(tls.parts, certified);
  return {
    ...routesOf(places),
    passing: passthroughsOf(tls.parts),
    certificates,
    sketches: sketchesOf(tls.parts),
    problems: [...hosts.problems, ...tls.problems, ...problems, ...sharingOf(places, tls.parts)],
  };
}

function networksOf({ upstreams, passing }: Pick<Plot, "upstreams" | "passing">): readonly string[] {
  const networks = new Set<string>();
  const add = (all: ReadonlyMap<UpstreamName | Part["host"], Upstream>): void => {
    for (const { members } of all.values())
      for (const { reach } of members) if (reach.kind !== "nodes") networks.add(reach.network.id);
  };
  add(upstreams);
  add(passing);
  return [...networks].toSorted();
}
