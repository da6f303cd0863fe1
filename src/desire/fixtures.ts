/**
 * Snapshots and configurations in few words, for tests. Nothing else imports this.
 */
import type { Config, ExtensionConfig, NginxSettings, ProxyConfig, RoleConfig } from "../model/config.ts";
import { parseServiceClusterName, unnamedCluster } from "../model/names.ts";
import type {
  Labels,
  Snapshot,
  SwarmNetwork,
  SwarmNode,
  SwarmObject,
  SwarmService,
  SwarmTask,
} from "../model/snapshot.ts";
import type { Desired } from "./desire.ts";

/** A snapshot with what is given and nothing else. */
export function snapshotOf(parts: Partial<Snapshot>): Snapshot {
  return { services: [], tasks: [], networks: [], nodes: [], configs: [], secrets: [], ...parts };
}

/** A service with its id derived from its name (`svc-<name>`), created at the start of 2026. */
export function serviceOf(name: string, labels: Labels, parts: Partial<SwarmService> = {}): SwarmService {
  return {
    id: `svc-${name}`,
    name,
    createdAt: "2026-01-01T00:00:00Z",
    version: 1,
    labels,
    image: "demo",
    mode: { kind: "replicated", replicas: 1 },
    networks: [],
    ports: [],
    vips: [],
    configs: [],
    ...parts,
  };
}

/** A running task of a service, reachable at an address on a network (by name). */
export function taskOf(service: string, network: string, address: string, parts: Partial<SwarmTask> = {}): SwarmTask {
  return {
    id: `task-${service}-${address}`,
    serviceId: `svc-${service}`,
    state: "running",
    desiredState: "running",
    addresses: [{ networkId: `net-${network}`, address }],
    hostPorts: [],
    ...parts,
  };
}

/** An overlay network with its id derived from its name (`net-<name>`). */
export function networkOf(name: string, parts: Partial<SwarmNetwork> = {}): SwarmNetwork {
  return { id: `net-${name}`, name, labels: {}, ingress: false, attachable: false, ...parts };
}

/** A worker that is ready, with its id derived from its name (`node-<name>`). */
export function nodeOf(name: string, address: string, parts: Partial<SwarmNode> = {}): SwarmNode {
  return {
    id: `node-${name}`,
    hostname: name,
    address,
    labels: {},
    role: "worker",
    state: "ready",
    availability: "active",
    ...parts,
  };
}

/** A secret with its id derived from its name (`secret-<name>`). */
export function secretOf(name: string): SwarmObject {
  return { id: `secret-${name}`, name, labels: {} };
}

/** A configuration with these extensions. */
export function configOf(...extensions: readonly ExtensionConfig[]): Config {
  return {
    listen: { host: "", port: 8080 },
    docker: { url: "unix:///var/run/docker.sock", allowInsecure: false },
    pollIntervalMs: 3_000,
    hold: { percent: 50, delayMs: 30_000 },
    extensions,
  };
}

/** An extension for the service cluster of that name; the empty name is the extension `default`. */
export function extensionOf(cluster: string, parts: Partial<ExtensionConfig> = {}): ExtensionConfig {
  const suffix = cluster === "" ? "" : `-${cluster}`;
  return {
    name: cluster === "" ? "default" : cluster,
    cluster: parseServiceClusterName(cluster) ?? unnamedCluster,
    extension: roleOf(`ucp-interlock-extension${suffix}`),
    proxy: proxyOf(`ucp-interlock-proxy${suffix}`),
    configService: { name: `ucp-interlock-config${suffix}` },
    hitless: true,
    settings,
    ...parts,
  };
}

function roleOf(serviceName: string): RoleConfig {
  return { serviceName, args: [], labels: {}, containerLabels: {}, constraints: [], placementPreferences: [] };
}

function proxyOf(serviceName: string): ProxyConfig {
  return {
    ...roleOf(serviceName),
    replicas: 1,
    stopSignal: "SIGQUIT",
    stopGracePeriodMs: 5_000,
    drainMs: 2_000,
    updateDelayMs: 0,
    publishMode: "ingress",
    publishedPort: 8080,
    targetPort: 80,
    publishedSslPort: 8443,
    targetSslPort: 443,
    configPath: "/etc/nginx/nginx.conf",
  };
}

const settings: NginxSettings = {
  version: "",
  httpVersion: "1.1",
  user: "nginx",
  pidPath: "/var/run/proxy.pid",
  maxConnections: 1024,
  connectTimeoutS: 5,
  sendTimeoutS: 600,
  readTimeoutS: 600,
  ipHash: false,
  adminUser: "",
  adminPass: "",
  sslOpts: "",
  sslDefaultDhParam: 1024,
  sslDefaultDhParamPath: "",
  sslVerify: "required",
  workerProcesses: 1,
  rlimitNoFile: 65_535,
  sslCiphers: "HIGH:!aNULL:!MD5",
  sslProtocols: "TLSv1.2",
  hideInfoHeaders: false,
  keepaliveTimeout: "75s",
  clientMaxBodySize: "32m",
  clientBodyBufferSize: "128k",
  clientHeaderBufferSize: "1k",
  largeClientHeaderBuffers: "4 8k",
  clientBodyTimeout: "60s",
  underscoresInHeaders: false,
  serverNamesHashBucketSize: 128,
  upstreamZoneSizeKb: 64,
  globalOptions: [],
  httpOptions: [],
  tcpOptions: [],
  accessLogPath: "/dev/stdout",
  errorLogPath: "/dev/stdout",
  mainLogFormat: "",
  traceLogFormat: "",
};

/** A decision with its tables as maps: one that was made of an older one is no map, and equal all the same. */
export function plain(desired: Desired): Desired {
  const clusters = desired.clusters.map((cluster) => ({
    ...cluster,
    endpoints: new Map(cluster.endpoints),
    names: new Map(cluster.names),
  }));
  const memories = new Map([...desired.memories].map(([cluster, table]) => [cluster, new Map(table)]));
  return { ...desired, clusters, lastGood: new Map(desired.lastGood), memories };
}
