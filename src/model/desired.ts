/**
 * What should be true for one service cluster: the vocabulary between deciding (`desire/`), rendering (`render/`) and
 * delivering (`deliver/`).
 */
import type { NginxSettings } from "./config.ts";
import type { HostName, ServiceClusterName, UpstreamName } from "./names.ts";

/** Everything one service cluster should be. */
export interface DesiredCluster {
  readonly name: ServiceClusterName;
  /** Name of the TOML table `[Extensions.<extension>]` that describes it. */
  readonly extension: string;
  readonly structure: Structure;
  readonly endpoints: EndpointTable;
  /** Ids of the application networks its proxies must be on, sorted; the control network is not among them. */
  readonly networks: readonly string[];
}

/** What the extension renders: all of a cluster but the endpoints. */
export interface Structure {
  readonly cluster: ServiceClusterName;
  readonly settings: NginxSettings;
  /** Ports nginx listens on inside the proxy. */
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Sorted by host, then path. */
  readonly routes: readonly Route[];
}

/** Requests for a host (or for any host no other route has) below a path go to an upstream. */
export interface Route {
  /** `"*"` is the default backend. */
  readonly host: HostName | "*";
  /** Path prefix; `"/"` for all. Matches whole segments. */
  readonly path: string;
  readonly upstream: UpstreamName;
  /** The distinct set of nginx-only options this route needs; `"default"` is the plain one. */
  readonly profile: string;
}

/** Where one task, one virtual address or one published port answers. */
export interface Endpoint {
  /** IPv4 or IPv6 without brackets. */
  readonly address: string;
  readonly port: number;
}

/** Endpoints by upstream: keys sorted, endpoints sorted by address then port. An upstream without endpoints has an empty list. */
export type EndpointTable = ReadonlyMap<UpstreamName, readonly Endpoint[]>;

/** Routes by host, each list sorted by descending length of the path: the first that matches wins. */
export type RouteTable = ReadonlyMap<HostName | "*", readonly HostRoute[]>;

/** A {@link Route} inside its host's list. */
export type HostRoute = Omit<Route, "host">;
