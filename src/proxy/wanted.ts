/**
 * What is wanted of this proxy: every offer merged into one state, so that what arrives while something is in flight
 * collapses into the latest; and over it what Docker's DNS says of endpoints while core cannot (record 0013).
 */
import { hashOf } from "../model/bundle.ts";
import type { EndpointTable } from "../model/desired.ts";
import type { HostName, Revision } from "../model/names.ts";
import type { Offer, Word } from "../model/offer.ts";
import { merge, noTables, overlaid, type Tables } from "./tables.ts";

/** The state asked for. */
export interface Wanted {
  /** Counts the offers of all streams; 0 before the first. */
  readonly version: number;
  /** The stream of the last offer, and its place in it. */
  readonly stream: number;
  readonly sequence: number;
  /** True when that stream has brought all there is; a core that has just started may know endpoints first. */
  readonly whole: boolean;
  /** Absent: whatever is served already. */
  readonly structure?: { readonly nginxConf: string; readonly revision: Revision };
  /** As core says. */
  readonly tables: Tables;
  /** Hosts that should have a certificate which nobody here has yet. Absent: core has not said yet which should. */
  readonly awaited?: ReadonlySet<HostName | "*">;
  /** As Docker's DNS says, where that is newer. */
  readonly overlay: EndpointTable;
  /** What nginx should have: the tables with the overlay. */
  readonly inForce: Tables;
}

const nothing: EndpointTable = new Map();

/** Nothing has been asked for; the rest is what to keep meanwhile. */
export function nothingWanted(kept: Partial<Pick<Wanted, "tables" | "structure" | "awaited">> = {}): Wanted {
  const { tables = noTables } = kept;
  return { version: 0, stream: 0, sequence: 0, whole: false, overlay: nothing, ...kept, tables, inForce: tables };
}

/** The same state with other tables of an earlier life. */
export function withTables(wanted: Wanted, tables: Tables): Wanted {
  return { ...wanted, tables, inForce: overlaid(tables, wanted.overlay) };
}

/**
 * The state asked for after one more message of core; the same object when it changes nothing.
 *
 * Why a stream must have brought all before the overlay goes: until then core repeats only what it finds new itself, and what it said on an
 * earlier stream is older than the overlay. On the classic road that never comes, and the overlay stays until the next docker config.
 */
export function afterWord(wanted: Wanted, { offer, blind }: Word, stream: number): Wanted {
  const next = offer === undefined ? wanted : afterOffer(wanted, offer, stream);
  if (blind) return next;
  if (next.whole && next.stream === stream) return withOverlay(next, nothing);
  const given = offer?.endpoints ?? nothing;
  return withOverlay(next, new Map([...next.overlay].filter(([upstream]) => !given.has(upstream))));
}

/** The state asked for after Docker's DNS has told the endpoints of some upstreams; the same object when they are as they were. */
export function afterAnswers(wanted: Wanted, answers: EndpointTable): Wanted {
  const { endpoints } = wanted.inForce;
  const news = [...answers].filter(
    ([upstream, list]) => JSON.stringify(endpoints.get(upstream)) !== JSON.stringify(list),
  );
  return news.length === 0 ? wanted : withOverlay(wanted, new Map([...wanted.overlay, ...news]));
}

function afterOffer(wanted: Wanted, offer: Offer, stream: number): Wanted {
  const { version, structure, overlay } = wanted;
  const tables = merge(wanted.tables, offer);
  const awaited = awaitedAfter(wanted.awaited, offer, tables);
  const next = {
    version: version + 1,
    stream,
    sequence: offer.sequence,
    whole: offer.whole || (wanted.whole && wanted.stream === stream),
    tables,
    overlay,
    inForce: overlaid(tables, overlay),
    ...(awaited === undefined ? {} : { awaited }),
  };
  if (offer.nginxConf !== undefined) {
    return { ...next, structure: { nginxConf: offer.nginxConf, revision: hashOf(offer.nginxConf) } };
  }
  // A new stream that brings no structure agrees with what the proxy said it serves.
  return structure === undefined || offer.whole ? next : { ...next, structure };
}

function withOverlay(wanted: Wanted, overlay: EndpointTable): Wanted {
  if (overlay.size === 0 && wanted.overlay.size === 0) return wanted;
  return { ...wanted, overlay, inForce: overlaid(wanted.tables, overlay) };
}

/** Only a whole offer names all hosts; until then what is missing is not known. */
function awaitedAfter(before: Wanted["awaited"], offer: Offer, { certificates }: Tables): Wanted["awaited"] {
  if (before === undefined && !offer.whole) return undefined;
  const kept = [...offer.certificates].filter(([, one]) => one === "kept").map(([host]) => host);
  const gone = new Set(offer.removedCertificates.filter((host) => !offer.certificates.has(host)));
  const asked = [...(offer.whole ? [] : (before ?? [])), ...kept];
  return new Set(asked.filter((host) => !certificates.has(host) && !gone.has(host)));
}
