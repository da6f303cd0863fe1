/**
 * `.ExtensionConfig`: the operator's options under their documented names. Source: reference §2.3.
 */
import type { NginxSettings } from "../model/config.ts";
import { mainFormat, traceFormat } from "../render/nginx/logs.ts";
import { list, struct, type Struct } from "./values.ts";

/** Makes the struct. Log formats end in a semicolon, as templates expect; `WorkerProcesses` is the text `auto` where that was asked for. */
export function extensionConfig(settings: NginxSettings): Struct {
  const { workerProcesses } = settings;
  return struct("ExtensionConfig", {
    Version: settings.version,
    HTTPVersion: settings.httpVersion,
    User: settings.user,
    PidPath: settings.pidPath,
    MaxConnections: BigInt(settings.maxConnections),
    ConnectTimeout: BigInt(settings.connectTimeoutS),
    SendTimeout: BigInt(settings.sendTimeoutS),
    ReadTimeout: BigInt(settings.readTimeoutS),
    IPHash: settings.ipHash,
    AdminUser: settings.adminUser,
    AdminPass: settings.adminPass,
    SSLOpts: settings.sslOpts,
    SSLDefaultDHParam: BigInt(settings.sslDefaultDhParam),
    SSLDefaultDHParamPath: settings.sslDefaultDhParamPath,
    SSLVerify: settings.sslVerify,
    WorkerProcesses: workerProcesses === "auto" ? workerProcesses : BigInt(workerProcesses),
    RLimitNoFile: BigInt(settings.rlimitNoFile),
    RlimitNoFile: BigInt(settings.rlimitNoFile),
    SSLCiphers: settings.sslCiphers,
    SSLProtocols: settings.sslProtocols,
    HideInfoHeaders: settings.hideInfoHeaders,
    KeepaliveTimeout: settings.keepaliveTimeout,
    ClientMaxBodySize: settings.clientMaxBodySize,
    ClientBodyBufferSize: settings.clientBodyBufferSize,
    ClientHeaderBufferSize: settings.clientHeaderBufferSize,
    LargeClientHeaderBuffers: settings.largeClientHeaderBuffers,
    ClientBodyTimeout: settings.clientBodyTimeout,
    UnderscoresInHeaders: settings.underscoresInHeaders,
    ServerNamesHashBucketSize: BigInt(settings.serverNamesHashBucketSize),
    UpstreamZoneSize: BigInt(settings.upstreamZoneSizeKb),
    GlobalOptions: list(settings.globalOptions),
    HTTPOptions: list(settings.httpOptions),
    TCPOptions: list(settings.tcpOptions),
    AccessLogPath: settings.accessLogPath,
    ErrorLogPath: settings.errorLogPath,
    MainLogFormat: closed(settings.mainLogFormat, mainFormat),
    TraceLogFormat: closed(settings.traceLogFormat, traceFormat),
    Port: BigInt(settings.port ?? 0),
    SSLPort: BigInt(settings.sslPort ?? 0),
  });
}

/** nginx text with one final semicolon. */
function closed(format: string, fallback: string): string {
  const text = format.replace(/[\s;]+$/, "").trimStart();
  return `${text === "" ? fallback : text};`;
}
