/**
 * What core sends a proxy, and what the proxy says became of it. The wire form is `proto/interlock/v1/proxy.proto`.
 */
import type { CertificateTable, Endpoint, HostRoute, TaskName } from "./desired.ts";
import type { HostName, Revision, UpstreamName } from "./names.ts";

/** One message of core's stream: an offer, or only that core is there. */
export interface Word {
  /** Core's own look at the Swarm is old: what it says of endpoints need not be so any more. */
  readonly blind: boolean;
  readonly offer?: Offer;
}

/** One change for a proxy; the first of a stream is whole. */
export interface Offer {
  /** Counts the offers of one stream from 1. */
  readonly sequence: number;
  /** The tables below are all there is: forget the rest. */
  readonly whole: boolean;
  /** A new `nginx.conf`; absent: keep the one you have. */
  readonly nginxConf?: string;
  readonly routes: ReadonlyMap<HostName | "*", readonly HostRoute[]>;
  readonly removedHosts: readonly (HostName | "*")[];
  readonly endpoints: ReadonlyMap<UpstreamName, readonly Endpoint[]>;
  /** What Docker's DNS calls the tasks of those upstreams; one without a row here has no names (any more). */
  readonly names: ReadonlyMap<UpstreamName, readonly TaskName[]>;
  readonly removedUpstreams: readonly UpstreamName[];
  readonly certificates: CertificateTable;
  readonly removedCertificates: readonly (HostName | "*")[];
  /** What differs of what the proxy keeps for core; absent: nothing. In a whole offer it is all there is. */
  readonly memories?: KeptChange;
}

/** An offer of what the proxy has already. */
export const nothingOffered: Omit<Offer, "sequence"> = {
  whole: false,
  routes: new Map(),
  removedHosts: [],
  endpoints: new Map(),
  names: new Map(),
  removedUpstreams: [],
  certificates: new Map(),
  removedCertificates: [],
};

/** A change of the memories a proxy keeps for core, by id of the service: texts as core wrote them, unread. */
export interface KeptChange {
  readonly set: ReadonlyMap<string, string>;
  readonly removed: readonly string[];
}

/** What a proxy serves: the structure nginx runs, and its revision together with the routes. Empty text for nothing. */
export interface Serving {
  readonly structure: Revision;
  readonly revision: Revision;
}

/**
 * What became of an offer and of all before it in the stream (offers that arrive while one is in flight collapse).
 * After either, `serving` is what nginx serves. `refused` is repeated with every outcome for as long as the structure
 * asked for is the refused one, although the tables of the offer are applied.
 */
export type Outcome = {
  /** What is wrong with the proxy although it serves, e.g. the last good could not be written. */
  readonly trouble?: string;
} & (
  | { readonly kind: "applied"; readonly sequence: number; readonly serving: Serving; readonly reloaded: boolean }
  | {
      readonly kind: "refused";
      readonly sequence: number;
      readonly serving: Serving;
      /** The structure nginx refused or did not prove. */
      readonly structure: Revision;
      readonly reason: string;
    }
);
