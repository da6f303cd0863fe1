/**
 * What an extension returns for a structure, and the revisions that name it.
 */
import { createHash } from "node:crypto";
import type { HostRoute, RouteTable } from "./desired.ts";
import { wireRevision, type Revision } from "./names.ts";

/** The rendered files of one service cluster: `nginx.conf` and the route table beside it. */
export interface Bundle {
  readonly nginxConf: string;
  readonly routes: RouteTable;
  /** Hash of `nginx.conf`: what a reload would change. */
  readonly structure: Revision;
  /** Hash of everything: what `status` shows and a proxy proves. */
  readonly revision: Revision;
}

/** Makes a bundle and names it. Same input, same revisions, on every machine. */
export function bundleOf(nginxConf: string, routes: RouteTable): Bundle {
  const structure = hashOf(nginxConf);
  return { nginxConf, routes, structure, revision: revisionOf(structure, routes) };
}

/** The revision of a structure together with a route table; lets a proxy name what it serves when it kept its old structure. The order of the hosts does not matter. */
export function revisionOf(structure: Revision, routes: RouteTable): Revision {
  return hashOf(
    JSON.stringify([
      structure,
      [...routes].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([host, list]) => [host, list.map(routeWords)]),
    ]),
  );
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
