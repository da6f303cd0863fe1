/**
 * What every proxy is asked to serve, and what a running one can be asked.
 */
import type { Pair } from "../../test/behaviour/authority.ts";

/** Hosts, each with an application of its own, as every proxy is to serve them. */
export interface Site {
  /** Sorted as they are numbered; each is a route. */
  readonly hosts: readonly string[];
  /** The port on loopback that all applications are at. */
  readonly backendPort: number;
  readonly httpPort: number;
  /** Over TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1; absent where only plain HTTP is wanted. */
  readonly httpsPort?: number;
  /** A certificate for all hosts. */
  readonly pair: Pair;
  /** An empty folder in memory, for configuration and logs. */
  readonly folder: string;
}

/** A proxy that answers for every host of its site, on its core. `await using` ends it. */
export interface Proxy extends AsyncDisposable {
  readonly site: Site;
  /** The process that all of its processes are, or are below. */
  readonly pid: number;
  /** Where its access log goes; appended to, so that it can be emptied. */
  readonly log: string;
}

/** A kind of proxy. */
export interface Peer {
  /** A word for options and file names. */
  readonly name: string;
  /** How it is called in the report. */
  readonly title: string;
  /** Why it cannot run here, or false; may install or build what it needs. */
  prepare(): Promise<string | false>;
  /** Its version, in its own words. Only after {@link Peer.prepare}. */
  version(): Promise<string>;
  /** Starts it. Fails when it does not answer in time. */
  start(site: Site): Promise<Proxy>;
}

/** The host that is asked: one in the middle. */
export function askedHost(site: Site): string {
  return site.hosts[Math.floor(site.hosts.length / 2)] ?? "";
}
