/**
 * What an extension returns for a structure, and the revisions that name it.
 */
import { createHash, type Hash } from "node:crypto";
import type { HostRoute, RouteTable } from "./desired.ts";
import { type HostName, wireRevision, type Revision } from "./names.ts";

/** The rendered files of one service cluster: `nginx.conf` and the route table beside it. */
export interface Bundle {
  readonly nginxConf: string;
  readonly routes: RouteTable;
  /** Hash of `nginx.conf`: what a reload would change. */
  readonly structure: Revision;
  /** Hash of everything: what `status` shows and a proxy proves. */
  readonly revision: Revision;
}

/** Makes a bundle and names it. Same input, same revisions, on every machine. What the bundle `before` has as well is not named again. */
export function bundleOf(nginxConf: string, routes: RouteTable, before?: Bundle): Bundle {
  const structure = nginxConf === before?.nginxConf ? before.structure : hashOf(nginxConf);
  return { nginxConf, routes, structure, revision: revisionOf(structure, routes) };
}

/** The table `after`; rows that are equal to those `before`, if there was a table, are the very same objects. */
export function carriedRoutes(before: RouteTable | undefined, after: RouteTable): RouteTable {
  if (before === undefined) return after;
  const carried = new Map<HostName | "*", readonly HostRoute[]>();
  after.forEach((row, host) => {
    const known = before.get(host);
    carried.set(host, known !== undefined && isSameRow(known, row) ? known : row);
  });
  return carried;
}

function isSameRow(one: readonly HostRoute[], other: readonly HostRoute[]): boolean {
  return (
    one.length === other.length &&
    one.every((route, index) => {
      const same = other[index];
      return same !== undefined && (route === same || words.every((word) => word(route) === word(same)));
    })
  );
}

/** The revision of a structure together with a route table; lets a proxy name what it serves when it kept its old structure. The order of the hosts does not matter. */
export function revisionOf(structure: Revision, routes: RouteTable): Revision {
  const rows = [...routes.keys()].toSorted().map((host) => rowText(host, routes.get(host) ?? []));
  return hashOf(`[${JSON.stringify(structure)},[${rows.join(",")}]]`);
}

const texts = new WeakMap<readonly HostRoute[], { readonly host: string; readonly text: string }>();

/** A host and its routes as JSON; written once for the same list. */
function rowText(host: string, list: readonly HostRoute[]): string {
  const known = texts.get(list);
  if (known?.host === host) return known.text;
  const text = JSON.stringify([host, list.map(routeWords)]);
  texts.set(list, { host, text });
  return text;
}

/** What a route says, thing by thing. */
const words: readonly ((route: HostRoute) => unknown)[] = [
  ({ path }) => path,
  ({ upstream }) => upstream,
  ({ profile }) => profile,
  ({ strip }) => strip,
  ({ sticky }) => sticky?.kind,
  ({ httpsOnly }) => httpsOnly,
  ({ redirect }) => redirect?.http,
  ({ redirect }) => redirect?.https,
  ({ sticky }) => (sticky?.kind === "cookie" ? sticky.name : undefined),
];

/** A route as a list, so that the order of its fields does not matter; the name of a cookie only where there is one. */
function routeWords(route: HostRoute): readonly unknown[] {
  const said = words.map((word) => word(route));
  return said.at(-1) === undefined ? said.slice(0, -1) : said;
}

/** First 16 hex digits of SHA-256: short enough to read aloud, and 2^32 revisions before a collision is likely. */
export function hashOf(text: string): Revision {
  return digestOf(createHash("sha256").update(text));
}

/** {@link hashOf} for what a SHA-256 has been given piece by piece; it can be given no more then. */
export function digestOf(hash: Hash): Revision {
  return wireRevision(hash.digest("hex").slice(0, 16));
}
