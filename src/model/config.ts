/**
 * The operator's configuration after reading: typed, defaulted, in our words. The documented key names live only in
 * `config/schema.ts`. Source: reference §2.1–2.3.
 */
import type { Labels } from "./snapshot.ts";
import type { ServiceClusterName } from "./names.ts";

/** The whole configuration of a core. */
export interface Config {
  readonly listen: { readonly host: string; readonly port: number };
  readonly docker: DockerAddress;
  /** Longest time between two full looks; at least 2,000. */
  readonly pollIntervalMs: number;
  readonly hold: HoldConfig;
  /** `host:port` of core handed to extensions and proxies, instead of the one found through Swarm. */
  readonly endpointOverride?: string;
  /** Sorted by name, at least one. */
  readonly extensions: readonly ExtensionConfig[];
}

/** When a look at the Swarm is held back. */
export interface HoldConfig {
  /** More than this share of all routes, endpoints or certificates lost at once without a reason; 0: never for that. */
  readonly percent: number;
  /** After how long a second look confirms the first. */
  readonly delayMs: number;
}

/** Where the Docker API is. */
export interface DockerAddress {
  /** `unix:///path`, `tcp://host:port` or `https://host:port`. */
  readonly url: string;
  readonly caPath?: string;
  readonly certPath?: string;
  readonly keyPath?: string;
  readonly allowInsecure: boolean;
}

/** One `[Extensions.<name>]`: a service cluster with its extension and proxies. */
export interface ExtensionConfig {
  readonly name: string;
  readonly cluster: ServiceClusterName;
  readonly extension: RoleConfig;
  readonly proxy: ProxyConfig;
  readonly configService: { readonly image?: string; readonly name: string };
  /** Fixed proxy networks by name; absent = the networks its applications need. */
  readonly networks?: readonly string[];
  /** Name of the docker config with an operator's template. */
  readonly template?: string;
  readonly hitless: boolean;
  readonly settings: NginxSettings;
}

/** What both roles can be told about their Swarm service. */
export interface RoleConfig {
  readonly serviceName: string;
  /** Absent = core's own image. */
  readonly image?: string;
  readonly args: readonly string[];
  readonly labels: Labels;
  readonly containerLabels: Labels;
  /** In Swarm's own form, `key==value` or `key!=value`. */
  readonly constraints: readonly string[];
  /** In the form of `docker service create --placement-pref`: `spread=node.labels.zone`. */
  readonly placementPreferences: readonly string[];
}

/** What the proxies can be told beyond {@link RoleConfig}. */
export interface ProxyConfig extends RoleConfig {
  readonly replicas: number;
  readonly stopSignal: string;
  readonly stopGracePeriodMs: number;
  /** How long of that it serves on; less than all of it, or 0. */
  readonly drainMs: number;
  readonly updateDelayMs: number;
  readonly publishMode: "ingress" | "host";
  readonly publishedPort: number;
  readonly targetPort: number;
  readonly publishedSslPort: number;
  readonly targetSslPort: number;
  /** Where the generated configuration is put inside the proxy. */
  readonly configPath: string;
}

/** The drain time of a proxy with the documented grace period, and of an agent that is told none. */
export const usualDrainMs = 2_000;

/** `[Extensions.<name>.Config]`: what nginx is told. Names follow the documented keys. Source: reference §2.3. */
export interface NginxSettings {
  readonly version: string;
  readonly httpVersion: "1.0" | "1.1";
  readonly user: string;
  readonly pidPath: string;
  readonly maxConnections: number;
  readonly connectTimeoutS: number;
  readonly sendTimeoutS: number;
  readonly readTimeoutS: number;
  readonly ipHash: boolean;
  readonly adminUser: string;
  readonly adminPass: string;
  readonly sslOpts: string;
  readonly sslDefaultDhParam: number;
  readonly sslDefaultDhParamPath: string;
  readonly sslVerify: string;
  readonly workerProcesses: number | "auto";
  readonly rlimitNoFile: number;
  readonly sslCiphers: string;
  readonly sslProtocols: string;
  readonly hideInfoHeaders: boolean;
  readonly keepaliveTimeout: string;
  readonly clientMaxBodySize: string;
  readonly clientBodyBufferSize: string;
  readonly clientHeaderBufferSize: string;
  readonly largeClientHeaderBuffers: string;
  readonly clientBodyTimeout: string;
  readonly underscoresInHeaders: boolean;
  readonly serverNamesHashBucketSize: number;
  readonly upstreamZoneSizeKb: number;
  readonly globalOptions: readonly string[];
  readonly httpOptions: readonly string[];
  readonly tcpOptions: readonly string[];
  readonly accessLogPath: string;
  readonly errorLogPath: string;
  readonly mainLogFormat: string;
  readonly traceLogFormat: string;
  /** Overrides of the listen ports; absent = the target ports. */
  readonly port?: number;
  readonly sslPort?: number;
}

/** Something in the configuration that is accepted but worth saying once: unknown key, vendor image, key not acted on yet. */
export interface ConfigNotice {
  readonly line: number;
  readonly key: string;
  readonly sentence: string;
}
