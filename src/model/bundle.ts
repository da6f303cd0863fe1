/**
 * What an extension returns for a structure, and the revisions that name it.
 */
import { createHash } from "node:crypto";
import type { HostRoute, RouteTable } from "./desired.ts";
import { wireRevision, type Revision } from "./names.ts";
import { sameElements } from "./remembering.ts";

/** The rendered files of one service cluster: `nginx.conf` and the route table beside it. */
export interface Bundle {
  readonly nginxConf: string;
  readonly routes: RouteTable;
  /** Hash of `nginx.conf`: what a reload would change. */
  readonly structure: Revision;
  /** Hash of everything: what `status` shows and a proxy proves. */
  readonly revision: Revision;
}

/**
 * Makes a bundle and names it. Same input, same revisions, on every machine.
 *
 * Shape: rows of routes that are equal to those of the bundle `before` are the very same objects.
 */
export function bundleOf(nginxConf: string, routes: RouteTable, before?: Bundle): Bundle {
  const structure = nginxConf === before?.nginxConf ? before.structure : hashOf(nginxConf);
  const carried = before === undefined ? routes : carriedRoutes(before.routes, routes);
  return { nginxConf, routes: carried, structure, revision: revisionOf(structure, carried) };
}

function carriedRoutes(before: RouteTable, after: RouteTable): RouteTable {
  const carried = new Map(after);
  for (const [host, row] of after) {
    const known = before.get(host);
    if (known !== undefined && isSameRow(known, row)) carried.set(host, known);
  }
  return carried;
}

function isSameRow(one: readonly HostRoute[], other: readonly HostRoute[]): boolean {
  return (
    one.length === other.length &&
    one.every((route, index) => {
      const same = other[index];
      return same !== undefined && sameElements(routeWords(route), routeWords(same));
    })
  );
}

/** The revision of a structure together with a route table; lets a proxy name what it serves when it kept its old structure. The order of the hosts does not matter. */
export function revisionOf(structure: Revision, routes: RouteTable): Revision {
  const rows = [...routes]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([host, list]) => `[${JSON.stringify(host)},${rowText(list)}]`);
  return hashOf(`[${JSON.stringify(structure)},[${rows.join(",")}]]`);
}

const texts = new WeakMap<readonly HostRoute[], string>();

/** The routes of a host as JSON; written once for the same list. */
function rowText(list: readonly HostRoute[]): string {
  const known = texts.get(list);
  if (known !== undefined) return known;
  const text = JSON.stringify(list.map(routeWords));
  texts.set(list, text);
  return text;
}

/** A route as a list, so that the order of its fields does not matter. */
function routeWords(route: HostRoute): readonly unknown[] {
  const { path, upstream, profile, strip, sticky, httpsOnly, redirect } = route;
  return [path, upstream, profile, strip, sticky?.kind, httpsOnly, redirect?.http, redirect?.https].concat(
    sticky?.kind === "cookie" ? sticky.name : [],
  );
}

/** First 16 hex digits of SHA-256: short enough to read aloud, and 2^32 revisions before a collision is likely. */
export function hashOf(text: string): Revision {
  return wireRevision(createHash("sha256").update(text).digest("hex").slice(0, 16));
}
