/**
 * What core wants of this proxy: every offer merged into one state, so that what arrives while something is in flight
 * collapses into the latest.
 */
import { hashOf } from "../model/bundle.ts";
import type { HostName, Revision } from "../model/names.ts";
import type { Offer } from "../model/offer.ts";
import { merge, noTables, type Tables } from "./tables.ts";

/** The state asked for. */
export interface Wanted {
  /** Counts the offers of all streams; 0 before the first. */
  readonly version: number;
  /** The stream of the last offer, and its place in it. */
  readonly stream: number;
  readonly sequence: number;
  /** Absent: whatever is served already. */
  readonly structure?: { readonly nginxConf: string; readonly revision: Revision };
  readonly tables: Tables;
  /** Hosts that should have a certificate which nobody here has yet. Absent: core has not said yet which should. */
  readonly awaited?: ReadonlySet<HostName | "*">;
}

/** Nothing has been asked for; the rest is what to keep meanwhile. */
export function nothingWanted(kept: Partial<Pick<Wanted, "tables" | "structure" | "awaited">> = {}): Wanted {
  return { version: 0, stream: 0, sequence: 0, tables: noTables, ...kept };
}

/** The state asked for after one more offer. */
export function afterOffer(wanted: Wanted, offer: Offer, stream: number): Wanted {
  const { version, structure } = wanted;
  const tables = merge(wanted.tables, offer);
  const awaited = awaitedAfter(wanted.awaited, offer, tables);
  const next = {
    version: version + 1,
    stream,
    sequence: offer.sequence,
    tables,
    ...(awaited === undefined ? {} : { awaited }),
  };
  if (offer.nginxConf !== undefined) {
    return { ...next, structure: { nginxConf: offer.nginxConf, revision: hashOf(offer.nginxConf) } };
  }
  // A new stream that brings no structure agrees with what the proxy said it serves.
  return structure === undefined || offer.whole ? next : { ...next, structure };
}

/** Only a whole offer names all hosts; until then what is missing is not known. */
function awaitedAfter(before: Wanted["awaited"], offer: Offer, { certificates }: Tables): Wanted["awaited"] {
  if (before === undefined && !offer.whole) return undefined;
  const kept = [...offer.certificates].filter(([, one]) => one === "kept").map(([host]) => host);
  const gone = new Set(offer.removedCertificates.filter((host) => !offer.certificates.has(host)));
  const asked = [...(offer.whole ? [] : (before ?? [])), ...kept];
  return new Set(asked.filter((host) => !certificates.has(host) && !gone.has(host)));
}
