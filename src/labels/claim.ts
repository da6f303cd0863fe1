/**
 * What a service asks for: its labels after reading.
 */
import type { Redirect, Sticky } from "../model/desired.ts";
import type { HostName, ServiceClusterName } from "../model/names.ts";
import type { BackendMode } from "./backend_mode.ts";

/** A service's wish to be served. Whether it can be is decided with the Swarm and the configuration at hand. */
export interface Claim {
  readonly cluster: ServiceClusterName;
  /** Sorted, without doubles; empty only for a default backend. */
  readonly hosts: readonly HostName[];
  readonly defaultBackend: boolean;
  /** Port inside the container. */
  readonly port: number;
  /** Name or id of the network, or `"bridge"` for the ports its tasks publish on their nodes; absent = the only network it is on. */
  readonly network?: string;
  readonly mode: BackendMode;
  /** Below which paths of its hosts; sorted, never empty, `"/"` for all. Without a final slash but for `"/"`. */
  readonly contextRoots: readonly string[];
  /** The application sees paths without the context root. */
  readonly rewrite: boolean;
  /** In the order written; their hosts are among {@link Claim.hosts}. */
  readonly redirects: readonly Redirect[];
  /** Names of the secrets to end TLS with. */
  readonly certificate?: { readonly certificate: string; readonly key: string };
  /** TLS is handed to the application unread. */
  readonly passthrough: boolean;
  readonly httpsOnly: boolean;
  /** Absent: the application speaks plain HTTP. */
  readonly tlsBackend?: "unverified" | "verified";
  readonly sticky?: Sticky;
  readonly maxFails?: number;
  readonly failTimeoutMs?: number;
  /** Paths the owner named; upgrades work everywhere, so only templates need them. */
  readonly websocketEndpoints: readonly string[];
}
