/**
 * What the proxies of a cluster serve as one text, for a docker config (record 0010). Pure.
 */
import type { Bundle } from "../model/bundle.ts";
import type { EndpointTable, NameTable, WantedCertificate } from "../model/desired.ts";
import type { UpstreamName } from "../model/names.ts";
import { print } from "../rpc/printed.ts";

/** What there is to print. */
export interface Printable {
  readonly nginxConf: string;
  readonly routes: Bundle["routes"];
  readonly endpoints: EndpointTable;
  readonly names: NameTable;
  readonly certificates: readonly WantedCertificate[];
}

/**
 * Prints it in the same order each time, so that only what changed gives another text.
 *
 * Why only the endpoints of its routes: those of an application that is not routed yet come a moment earlier, and would be a change of
 * their own.
 */
export function printedText({ nginxConf, routes, endpoints, names, certificates }: Printable): string {
  const used = new Set([...routes.values()].flat().map(({ upstream }) => upstream));
  const ofUsed = <Row>(table: ReadonlyMap<UpstreamName, Row>): ReadonlyMap<UpstreamName, Row> =>
    new Map([...table].filter(([upstream]) => used.has(upstream)).toSorted(byKey));
  return print({
    nginxConf,
    routes: new Map([...routes].toSorted(byKey)),
    endpoints: ofUsed(endpoints),
    names: ofUsed(names),
    certificates: new Map(certificates.map((one) => [one.host, one] as const).toSorted(byKey)),
  });
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
