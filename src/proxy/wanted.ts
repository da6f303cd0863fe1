/**
 * What core wants of this proxy: every offer merged into one state, so that what arrives while something is in flight
 * collapses into the latest.
 */
import { hashOf } from "../model/bundle.ts";
import type { Revision } from "../model/names.ts";
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
}

/** Nothing has been asked for; `tables` and `structure` are those to keep meanwhile. */
export function nothingWanted(tables: Tables = noTables, structure?: Wanted["structure"]): Wanted {
  return { version: 0, stream: 0, sequence: 0, tables, ...(structure === undefined ? {} : { structure }) };
}

/** The state asked for after one more offer. */
export function afterOffer(wanted: Wanted, offer: Offer, stream: number): Wanted {
  const { version, structure } = wanted;
  const next = { version: version + 1, stream, sequence: offer.sequence, tables: merge(wanted.tables, offer) };
  if (offer.nginxConf !== undefined) {
    return { ...next, structure: { nginxConf: offer.nginxConf, revision: hashOf(offer.nginxConf) } };
  }
  // A new stream that brings no structure agrees with what the proxy said it serves.
  return structure === undefined || offer.whole ? next : { ...next, structure };
}
