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
  /** True on the classic road: its proxies serve what a docker config says, and every change of it is an update of their service. */
  readonly classic: boolean;
  readonly structure: Structure;
  readonly endpoints: EndpointTable;
  readonly names: NameTable;
  /** Who serves each host, service by service: what an operator's template is filled with. Sorted by host, then age of the service. */
  readonly backends: readonly Backend[];
  /** The certificates its hosts ask for, one for each host; sorted by host. */
  readonly certificates: readonly WantedCertificate[];
  /** Ids of the application networks its proxies must be on, sorted; the control network is not among them. */
  readonly networks: readonly string[];
}

/** What the extension renders: all of a cluster but the endpoints (except where only nginx.conf can hold them). */
export interface Structure {
  readonly cluster: ServiceClusterName;
  readonly settings: NginxSettings;
  /** Ports nginx listens on inside the proxy. */
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Port clients use for HTTPS: what a redirect to it must name. */
  readonly publicHttpsPort: number;
  /** Sorted by host, then path. */
  readonly routes: readonly Route[];
  /** TLS passed through unread; sorted by host. Static in nginx.conf, endpoints and all (decision D8). */
  readonly passthroughs: readonly Passthrough[];
  /** Present where an operator's template is rendered instead of ours. */
  readonly backends?: readonly Backend[];
}

/** Requests for a host (or for any host no other route has) below a path go to an upstream, or elsewhere. */
export interface Route {
  /** `"*"` is the default backend. */
  readonly host: HostName | "*";
  /** Path prefix; `"/"` for all. Matches whole segments. */
  readonly path: string;
  /** {@link noUpstream} where nothing but {@link Route.redirect} or {@link Route.httpsOnly} is meant. */
  readonly upstream: UpstreamName;
  /** The distinct set of nginx-only options this route needs. */
  readonly profile: Profile;
  /** The application sees paths without {@link Route.path}. */
  readonly strip?: true;
  readonly sticky?: Sticky;
  /** Requests over plain HTTP are sent to the same address over HTTPS. */
  readonly httpsOnly?: true;
  /**
   * Where requests that came over HTTP, or over HTTPS, are sent instead: an absolute URL without a final slash; the request URI is
   * put behind it. Counts before {@link Route.httpsOnly}.
   */
  readonly redirect?: { readonly http?: string; readonly https?: string };
}

/**
 * How the application is spoken to: over plain HTTP, over TLS with any certificate, over TLS with one that is checked. Every structure
 * has all of them, so that a route never needs a reload.
 */
export type Profile = (typeof profiles)[number];

/** All {@link Profile}s. */
export const profiles = ["default", "tls", "tls_verified"] as const;

/** What keeps a client at one endpoint: a cookie the application sets, or the client's address. */
export type Sticky = { readonly kind: "cookie"; readonly name: string } | { readonly kind: "address" };

/** TLS connections whose SNI is this host (`"*"`: any other, or none) are handed to the endpoints byte for byte. */
export interface Passthrough {
  readonly host: HostName | "*";
  readonly upstream: UpstreamName;
  readonly endpoints: readonly Endpoint[];
}

/** One service behind one host, in the words of its labels. Source: the template data of reference §6.1. */
export interface Backend {
  /** `"*"` for a default backend without a host. */
  readonly host: HostName | "*";
  readonly service: string;
  readonly endpoints: readonly Endpoint[];
  readonly defaultBackend: boolean;
  readonly sticky?: Sticky;
  readonly redirects: readonly Redirect[];
  readonly contextRoots: readonly string[];
  readonly rewrite: boolean;
  readonly websocketEndpoints: readonly string[];
  readonly tlsBackend: boolean;
  readonly passthrough: boolean;
  /** Names of the secrets. */
  readonly certificate?: { readonly certificate: string; readonly key: string };
}

/** A redirect as its owner wrote it. */
export interface Redirect {
  readonly scheme: "http" | "https";
  readonly host: HostName;
  /** As in {@link Route.redirect}. */
  readonly target: string;
}

/** A host whose TLS the proxies end, and the secrets that hold what they need for it. */
export interface WantedCertificate {
  /** `"*"`: shown to clients that name no host, or one that has no certificate. */
  readonly host: HostName | "*";
  /** Name of the service that asks for it. */
  readonly service: string;
  readonly certificate: SecretRef;
  readonly key: SecretRef;
}

/** A secret of the Swarm. Its name can be used again; its id cannot. */
export interface SecretRef {
  readonly id: string;
  readonly name: string;
}

/** What a proxy shows for a host and signs with: PEM texts. Never written to a log, a disk or a config object. */
export interface Certificate {
  /** The host's own first, then the chain. */
  readonly certificatePem: string;
  readonly keyPem: string;
}

/**
 * Certificates by host. `"kept"`: the host should have one that core has not got (it has just started, or a new secret is on its
 * way): whatever the proxy has for it stays.
 */
export type CertificateTable = ReadonlyMap<HostName | "*", Certificate | "kept">;

/** Where one task, one virtual address or one published port answers. */
export interface Endpoint {
  /** IPv4 or IPv6 without brackets. */
  readonly address: string;
  readonly port: number;
  /** Failures within {@link Endpoint.failTimeoutMs} after which it rests for as long; 0 = never; absent = 1. Source: nginx `max_fails`. */
  readonly maxFails?: number;
  /** Absent = 10,000. Source: nginx `fail_timeout`. */
  readonly failTimeoutMs?: number;
}

/** Where something answers, whatever it is. */
export type Place = Pick<Endpoint, "address" | "port">;

/** Endpoints by upstream: keys sorted, endpoints sorted by address then port. An upstream without endpoints has an empty list. */
export type EndpointTable = ReadonlyMap<UpstreamName, readonly Endpoint[]>;

/** What Docker's DNS calls the tasks of one service on one network, and how they are reached: what a proxy needs to find endpoints without core. */
export interface TaskName extends Omit<Endpoint, "address"> {
  /** `tasks.<service>.<network>`. */
  readonly name: string;
}

/**
 * Names by upstream: keys sorted, names sorted by name, then port. An upstream with a member that is not reached by the addresses of its
 * tasks has no row: DNS does not know the ports of nodes, and a virtual address does not change with the tasks.
 */
export type NameTable = ReadonlyMap<UpstreamName, readonly TaskName[]>;

/** Routes by host, each list sorted by descending length of the path: the first that matches wins. */
export type RouteTable = ReadonlyMap<HostName | "*", readonly HostRoute[]>;

/** A {@link Route} inside its host's list. */
export type HostRoute = Omit<Route, "host">;
