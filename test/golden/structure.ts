/**
 * Structures for tests: what UCP shipped, and whatever a test changes.
 */
import type { NginxSettings } from "../../src/model/config.ts";
import type { Endpoint, HostRoute, Structure } from "../../src/model/desired.ts";
import { type HostName, type ServiceClusterName, wireUpstreamName } from "../../src/model/names.ts";

/** The values of the file UCP wrote. Source: reference §2.3, column "shipped". */
export const shippedSettings: NginxSettings = {
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
  rlimitNoFile: 65535,
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
  mainLogFormat: `'$remote_addr - $remote_user [$time_local] "$request" '
    '$status $body_bytes_sent "$http_referer" '
    '"$http_user_agent" "$http_x_forwarded_for"';`,
  traceLogFormat: `'$remote_addr - $remote_user [$time_local] "$request" $status '
    '$body_bytes_sent "$http_referer" "$http_user_agent" '
    '"$http_x_forwarded_for" $reqid $msec $request_time '
    '$upstream_connect_time $upstream_header_time $upstream_response_time';`,
};

/** What a test says of a structure; everything else is as shipped. */
export interface StructureSketch {
  readonly cluster?: string;
  readonly settings?: Partial<NginxSettings>;
  readonly httpPort?: number;
  readonly httpsPort?: number;
  readonly publicHttpsPort?: number;
  readonly routes?: readonly RouteSketch[];
  readonly passthroughs?: readonly PassthroughSketch[];
}

/** A host that is passed through, in plain text. Its upstream is not named: nothing is made of that name. */
export interface PassthroughSketch {
  readonly host: string;
  readonly endpoints: readonly Endpoint[];
}

/** A route in plain text. */
export interface RouteSketch extends Partial<Omit<HostRoute, "upstream">> {
  readonly host: string;
  readonly upstream: string;
}

/** Fills a sketch in. */
export function structureOf(sketch: StructureSketch): Structure {
  return {
    cluster: (sketch.cluster ?? "") as ServiceClusterName,
    settings: { ...shippedSettings, ...sketch.settings },
    httpPort: sketch.httpPort ?? 80,
    httpsPort: sketch.httpsPort ?? 443,
    routes: (sketch.routes ?? []).map(({ host, upstream, ...route }) => ({
      host: host as HostName,
      path: "/",
      upstream: wireUpstreamName(upstream),
      profile: "default",
      ...route,
    })),
    publicHttpsPort: sketch.publicHttpsPort ?? 8443,
    passthroughs: (sketch.passthroughs ?? []).map(({ host, endpoints }) => ({
      host: host as HostName,
      upstream: wireUpstreamName(host),
      endpoints,
    })),
  };
}
