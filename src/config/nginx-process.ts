/**
 * The keys of `[Extensions.<name>.Config]` about nginx itself: its processes, its listeners, TLS, and an operator's own lines.
 * Source: reference §2.3; the order is that of the reference page.
 */
import type { NginxSettings } from "../model/config.ts";
import { table, type Table } from "./about.ts";
import * as field from "./fields.ts";
import * as kind from "./nginx-kinds.ts";
import { isTlsText } from "./nginx-text.ts";
import type { TrafficSettings } from "./nginx-traffic.ts";

const raw =
  "a missing final semicolon is added, and a directive that ours would repeat replaces ours; braces and quotes must be balanced";
const haproxy = "it is a key for HAProxy; nginx has nothing it could mean";

/** Processes and listeners, TLS, an operator's own lines, and keys that only another way to make nginx.conf had a use for. */
export const processTable: Table<Omit<NginxSettings, keyof TrafficSettings>> = table(
  {
    WorkerProcesses: kind.workerProcesses({
      says: "nginx workers; auto = one per processor",
      since: "2.x",
      unit: "processes",
      effect: "so many workers run",
      differs: 'may be written as a number or a text; "auto" is ours',
    }),
    MaxConnections: field.whole(1, 1_000_000, 8192, {
      says: "connections per nginx worker, those to applications included",
      since: "2.x",
      unit: "connections",
      effect: "a connection beyond it is closed without an answer",
      differs: "the original's default is 1024, which applications that hang use up within seconds (record 0017)",
    }),
    RLimitNoFile: field.whole(1, 10_000_000, 65_535, {
      says: "open files per nginx worker",
      since: "2.x",
      unit: "files",
      effect: "the workers' limit, as far as the container allows it",
      differs: "the published template of 2.x did not write it",
    }),
    User: field.text("nginx", {
      says: "user and group that nginx's workers run as",
      since: "2.x",
      effect: "the workers' user, where the proxy service runs as root",
      differs:
        "proxies run as user nginx without a privilege, so another user takes effect only after `docker service update --user root` with the capabilities that needs; a notice says so",
      expected: "a user, or a user and a group",
      accepts: (value) => /^[a-z_][\w-]{0,31}( [a-z_][\w-]{0,31})?$/i.test(value),
    }),
    PidPath: field.text(
      "/var/run/proxy.pid",
      kind.path({ says: "nginx's pid file", since: "2.x", effect: "the file has the number of nginx's master" }),
    ),
    ErrorLogPath: field.text(
      "/dev/stdout",
      kind.errorLog({
        says: 'where nginx\'s errors are logged; "off" = nowhere',
        since: "2.x",
        effect: "nginx's warnings there",
      }),
    ),
    Port: field.optionalPort(80, {
      says: "port nginx listens on for HTTP",
      absent: "TargetPort",
      since: "2.x, in one published example",
      effect: "nginx listens there; a notice says when Swarm sends elsewhere",
    }),
    SSLPort: field.optionalPort(443, {
      says: "port nginx listens on for HTTPS",
      absent: "TargetSSLPort",
      since: "2.x, in one published example",
      effect: "nginx listens there; a notice says when Swarm sends elsewhere",
    }),

    SSLProtocols: field.text("TLSv1.2 TLSv1.3", {
      says: "TLS versions",
      since: "2.x",
      effect: "a client that offers none of them is refused",
      differs: "the documented default was TLSv1.2 alone; a value that is written rules",
      expected: 'TLS versions such as "TLSv1.2 TLSv1.3"',
      accepts: (value) =>
        value
          .trim()
          .split(/ +/)
          .every((version) => /^(SSLv2|SSLv3|TLSv1|TLSv1\.[123])$/.test(version)),
    }),
    SSLCiphers: field.text(
      "HIGH:!aNULL:!MD5",
      kind.word({
        says: "TLS ciphers in OpenSSL's form, up to TLS 1.2",
        since: "2.x",
        effect: "a client that offers none of them is refused",
      }),
    ),
    SSLDefaultDHParam: field.whole(0, 16_384, 1024, {
      says: "bits of the Diffie-Hellman parameters; 0 = SSLDefaultDHParamPath is not used",
      since: "2.x",
      unit: "bits",
      effect: "with 0, no DHE cipher is agreed on",
      differs: "as in the original only 0 or not 0 matters: nginx reads the number of bits from the file",
    }),
    SSLDefaultDHParamPath: field.text(
      "",
      kind.path({
        says: "file with Diffie-Hellman parameters inside the proxy",
        since: "2.x",
        example: "/etc/nginx/dhparam.pem",
        effect: "clients can agree on a DHE cipher",
      }),
    ),
    SSLVerify: field.oneOf(["required", "optional", "none"], "required", {
      says: "whether clients must show a certificate, once HTTPOptions has ssl_client_certificate",
      since: "2.x",
      effect: "with ssl_client_certificate in HTTPOptions a client without a certificate is answered with 400",
      differs:
        "the original wrote nothing for it. ssl_verify_client in HTTPOptions goes before it; without an ssl_client_certificate it means nothing",
    }),
    SSLOpts: kind.nginxText({
      says: "more TLS directives of nginx, separated by ;",
      since: "2.x",
      example: "ssl_session_tickets off;",
      effect: "nginx does as they say",
      differs:
        "what the original wrote for it was never published; HAProxy's words (no-sslv3 …) are dropped with a notice",
    }),

    GlobalOptions: kind.rawLines(["worker_shutdown_timeout 60s;"], {
      says: "nginx lines for the main context",
      since: "2.x",
      effect: "nginx does as they say",
      differs: raw,
    }),
    HTTPOptions: kind.rawLines(["gzip on;"], {
      says: "nginx lines for the http context",
      since: "2.x",
      effect: "nginx does as they say",
      differs: raw,
    }),
    TCPOptions: kind.rawLines(["preread_timeout 10s;"], {
      says: "nginx lines for the stream context",
      since: "2.x",
      effect: "nginx does as they say",
      differs: raw,
    }),

    ServerNamesHashBucketSize: field.whole(0, 65_536, 128, {
      says: "bucket of nginx's table of server names; 0 = the default",
      since: "2.x",
      unit: "bytes",
      effect: "room for long names in server blocks of one's own in HTTPOptions",
      differs: "hosts are rows of a table and no server names, so their length needs no setting",
    }),
    UpstreamZoneSize: field.whole(1, 1_048_576, 64, {
      says: "shared memory of an upstream that nginx.conf names",
      since: "2.x",
      unit: "kilobytes",
      noEffect:
        "endpoints are rows of a table; only the upstreams of passthrough hosts have a zone, which is made larger where this is too small for nginx",
    }),
    AdminUser: field.text(
      "",
      kind.anyText({ says: "user of an admin page", since: "2.x", secret: true, example: "admin", noEffect: haproxy }),
    ),
    AdminPass: field.text(
      "",
      kind.anyText({
        says: "password of an admin page",
        since: "2.x",
        secret: true,
        example: "secret",
        noEffect: haproxy,
      }),
    ),
  },
  (t) => ({
    workerProcesses: t.WorkerProcesses,
    maxConnections: t.MaxConnections,
    rlimitNoFile: t.RLimitNoFile,
    user: t.User,
    pidPath: t.PidPath,
    errorLogPath: t.ErrorLogPath,
    ...(t.Port === undefined ? {} : { port: t.Port }),
    ...(t.SSLPort === undefined ? {} : { sslPort: t.SSLPort }),
    sslProtocols: t.SSLProtocols,
    sslCiphers: t.SSLCiphers,
    sslDefaultDhParam: t.SSLDefaultDHParam,
    sslDefaultDhParamPath: t.SSLDefaultDHParamPath,
    sslVerify: t.SSLVerify,
    // What is not nginx's would only break nginx.conf; notices.ts says so.
    sslOpts: isTlsText(t.SSLOpts) ? t.SSLOpts : "",
    globalOptions: t.GlobalOptions,
    httpOptions: t.HTTPOptions,
    tcpOptions: t.TCPOptions,
    serverNamesHashBucketSize: t.ServerNamesHashBucketSize === 0 ? 128 : t.ServerNamesHashBucketSize,
    upstreamZoneSizeKb: t.UpstreamZoneSize,
    adminUser: t.AdminUser,
    adminPass: t.AdminPass,
  }),
);
