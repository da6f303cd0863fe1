/**
 * What a service asks for: its labels after reading.
 */
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
  /** Name or id of the network; absent = the only one it is on. */
  readonly network?: string;
  readonly mode: BackendMode;
}
