/**
 * The documented keys of `[Extensions.<name>.Config]`: what nginx is told. Source: reference §2.3; defaults are those of the
 * documentation's table ("built-in"), not of the file UCP wrote.
 */
import type { NginxSettings } from "../model/config.ts";
import * as field from "./fields.ts";
import { unbalanced } from "./nginx-text.ts";
import * as z from "zod";

/** nginx's combined format with the forwarded address. */
const mainLogFormat = `'$remote_addr - $remote_user [$time_local] "$request" '
    '$status $body_bytes_sent "$http_referer" '
    '"$http_user_agent" "$http_x_forwarded_for"';`;

/** As in 3.x; 2.x had `$request_id` where the renderer's `$reqid` is. */
const traceLogFormat = `'$remote_addr - $remote_user [$time_local] "$request" $status '
    '$body_bytes_sent "$http_referer" "$http_user_agent" '
    '"$http_x_forwarded_for" $reqid $msec $request_time '
    '$upstream_connect_time $upstream_header_time $upstream_response_time';`;

/** `[Extensions.<name>.Config]`. */
export const nginxTable: field.Table<NginxSettings> = field.table(
  {
    Version: field.text("", word("version of the proxy's configuration; has no meaning for nginx", "1")),
    HTTPVersion: field.oneOf(["1.0", "1.1"], "1.1", "HTTP version towards applications"),
    User: field.text("nginx", {
      ...word("user that nginx workers run as", "nginx"),
      expected: "a user name",
      accepts: (value) => /^[a-z_][\w-]*( [a-z_][\w-]*)?$/i.test(value),
    }),
    PidPath: field.text("/var/run/proxy.pid", path("nginx's pid file", "/var/run/proxy.pid")),
    MaxConnections: field.whole(1, 1_000_000, 1024, "connections per nginx worker"),
    ConnectTimeout: field.whole(0, 2_147_483, 600, "seconds to connect to an application"),
    SendTimeout: field.whole(0, 2_147_483, 600, "seconds between two writes to an application or client"),
    ReadTimeout: field.whole(0, 2_147_483, 600, "seconds between two reads from an application"),
    IPHash: field.flag(false, "balance by the client's address"),
    AdminUser: field.text("", {
      ...anyText("user for an admin page; has no meaning for nginx", "admin"),
      secret: true,
    }),
    AdminPass: field.text("", { ...anyText("its password; has no meaning for nginx", "secret"), secret: true }),
    SSLOpts: field.text("", anyText("more TLS options", "no-sslv3")),
    SSLDefaultDHParam: field.whole(0, 16_384, 1024, "bits of the Diffie-Hellman parameters"),
    SSLDefaultDHParamPath: field.text("", path("file with Diffie-Hellman parameters", "/etc/nginx/dhparam.pem")),
    SSLVerify: field.text("required", word("verification of client certificates", "required")),
    WorkerProcesses: workerProcesses(),
    RLimitNoFile: field.whole(1, 10_000_000, 65_535, "open files per nginx worker"),
    SSLCiphers: field.text("HIGH:!aNULL:!MD5", word("TLS ciphers in OpenSSL's form", "HIGH:!aNULL:!MD5")),
    SSLProtocols: field.text("TLSv1.2", {
      says: "TLS versions",
      example: "TLSv1.2 TLSv1.3",
      expected: 'TLS versions such as "TLSv1.2 TLSv1.3"',
      accepts: (value) => value.split(" ").every((v) => /^(SSLv2|SSLv3|TLSv1|TLSv1\.[123])$/.test(v)),
    }),
    HideInfoHeaders: field.flag(false, "leave out the x-* headers that tell where an answer came from"),
    KeepaliveTimeout: field.text("75s", time("how long an idle client connection stays open", "75s")),
    ClientMaxBodySize: field.text("1m", size("largest request body; 0 = any", "32m")),
    ClientBodyBufferSize: field.text("8k", size("memory for a request body before it goes to disk", "8k")),
    ClientHeaderBufferSize: field.text("1k", size("memory for request headers", "1k")),
    LargeClientHeaderBuffers: field.text("4 8k", {
      says: "number and size of buffers for large request headers",
      example: "4 8k",
      expected: 'a number and a size such as "4 8k"',
      accepts: (value) => /^\d+ +\d+[km]?$/i.test(value),
    }),
    ClientBodyTimeout: field.text("60s", time("longest pause while a request body is sent", "60s")),
    UnderscoresInHeaders: field.flag(false, "accept header names with an underscore"),
    ServerNamesHashBucketSize: field.whole(1, 65_536, 128, "bucket of nginx's table of server names"),
    UpstreamZoneSize: field.whole(1, 1_048_576, 64, "shared memory per upstream, in kilobytes"),
    GlobalOptions: rawLines("raw nginx lines in the main context", ["worker_shutdown_timeout 60s;"]),
    HTTPOptions: rawLines("raw nginx lines in the http context", ["gzip on;"]),
    TCPOptions: rawLines("raw nginx lines in the stream context", ["preread_timeout 10s;"]),
    AccessLogPath: field.text("/dev/stdout", logTarget("where requests are logged", "/dev/stdout")),
    ErrorLogPath: field.text("/dev/stdout", logTarget("where nginx's errors are logged", "/dev/stdout")),
    MainLogFormat: field.text(mainLogFormat, fragment("format of the access log, with its quotes and semicolon")),
    TraceLogFormat: field.text(
      traceLogFormat,
      fragment("format of the log while debugging, with quotes and semicolon"),
    ),
    Port: field.optionalPort(80, "port nginx listens on for HTTP; left out = TargetPort"),
    SSLPort: field.optionalPort(443, "port nginx listens on for HTTPS; left out = TargetSSLPort"),
  },
  (t) => ({
    version: t.Version,
    httpVersion: t.HTTPVersion,
    user: t.User,
    pidPath: t.PidPath,
    maxConnections: t.MaxConnections,
    connectTimeoutS: t.ConnectTimeout,
    sendTimeoutS: t.SendTimeout,
    readTimeoutS: t.ReadTimeout,
    ipHash: t.IPHash,
    adminUser: t.AdminUser,
    adminPass: t.AdminPass,
    sslOpts: t.SSLOpts,
    sslDefaultDhParam: t.SSLDefaultDHParam,
    sslDefaultDhParamPath: t.SSLDefaultDHParamPath,
    sslVerify: t.SSLVerify,
    workerProcesses: t.WorkerProcesses,
    rlimitNoFile: t.RLimitNoFile,
    sslCiphers: t.SSLCiphers,
    sslProtocols: t.SSLProtocols,
    hideInfoHeaders: t.HideInfoHeaders,
    keepaliveTimeout: t.KeepaliveTimeout,
    clientMaxBodySize: t.ClientMaxBodySize,
    clientBodyBufferSize: t.ClientBodyBufferSize,
    clientHeaderBufferSize: t.ClientHeaderBufferSize,
    largeClientHeaderBuffers: t.LargeClientHeaderBuffers,
    clientBodyTimeout: t.ClientBodyTimeout,
    underscoresInHeaders: t.UnderscoresInHeaders,
    serverNamesHashBucketSize: t.ServerNamesHashBucketSize,
    upstreamZoneSizeKb: t.UpstreamZoneSize,
    globalOptions: t.GlobalOptions,
    httpOptions: t.HTTPOptions,
    tcpOptions: t.TCPOptions,
    accessLogPath: t.AccessLogPath,
    errorLogPath: t.ErrorLogPath,
    mainLogFormat: t.MainLogFormat,
    traceLogFormat: t.TraceLogFormat,
    ...(t.Port === undefined ? {} : { port: t.Port }),
    ...(t.SSLPort === undefined ? {} : { sslPort: t.SSLPort }),
  }),
);

/** A number in the files UCP wrote, a text in its documentation. */
function workerProcesses(): z.ZodType<number | "auto"> {
  const expected = 'a whole number from 1 to 1024, or "auto"';
  return z
    .union(
      [
        z.int().min(1).max(1024),
        z.literal("auto"),
        z
          .string()
          .regex(/^([1-9]\d{0,2}|10[01]\d|102[0-4])$/)
          .transform(Number),
      ],
      expected,
    )
    .default(1)
    .meta({ description: "nginx workers; auto = one per processor", example: 1 });
}

/** Lines that go into nginx.conf as they are: they must at least not end the block they stand in. */
function rawLines(says: string, example: readonly string[]): z.ZodType<string[]> {
  const list = `a list such as ${JSON.stringify(example)}`;
  return z
    .array(z.string("a text"), list)
    .superRefine((lines, context) => {
      const expected = unbalanced(lines);
      if (expected !== undefined) context.addIssue({ code: "custom", message: expected, input: lines });
    })
    .default([])
    .meta({ description: says, example });
}

function anyText(says: string, example: string): field.TextRule {
  return { says, example, expected: "a text", accepts: () => true };
}

/** One argument of a directive: nothing that could end it. */
function word(says: string, example: string): field.TextRule {
  return {
    says,
    example,
    expected: "a word without spaces, quotes, ;, { and }",
    accepts: (v) => /^[^\s;{}'"\\]+$/.test(v),
  };
}

function path(says: string, example: string): field.TextRule {
  return { says, example, expected: "a path", accepts: (value) => /^\/[^\s;{}'"\\]+$/.test(value) };
}

function logTarget(says: string, example: string): field.TextRule {
  return {
    says,
    example,
    expected: 'a path, "off", "stderr" or "syslog:…"',
    accepts: (value) => /^(\/|syslog:|off$|stderr$)[^\s;{}'"\\]*$/.test(value),
  };
}

function size(says: string, example: string): field.TextRule {
  return {
    says,
    example,
    expected: `a size such as "${example}"`,
    accepts: (value) => /^\d{1,12}[kmg]?$/i.test(value),
  };
}

function time(says: string, example: string): field.TextRule {
  // Every number but the last has a unit: no two ways to match the same text.
  const one = (value: string): boolean => value !== "" && /^(\d+(ms|[smhdwMy]))*\d*$/.test(value);
  return { says, example, expected: `a time such as "${example}"`, accepts: (value) => value.split(" ").every(one) };
}

function fragment(says: string): field.TextRule {
  return {
    says,
    example: `'$remote_addr "$request" $status';`,
    expected: "log format pieces in closed quotes, with at most one ; at the end",
    accepts: isFragment,
  };
}

/** True for quoted and bare pieces followed by at most one semicolon. */
function isFragment(text: string): boolean {
  const piece = /\s+|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s'";{}\\]+|;/sy;
  let ended = false;
  while (piece.lastIndex < text.length) {
    const found = piece.exec(text);
    if (found === null || (ended && found[0].trim() !== "")) return false;
    ended ||= found[0] === ";";
  }
  return true;
}
