/**
 * The keys of `[Extensions.<name>.Config]` about requests: what is accepted from clients, how applications are asked, what is said of it.
 * Source: reference §2.3; the order is that of the reference page.
 */
import type { NginxSettings } from "../model/config.ts";
import { table, type Table } from "./about.ts";
import * as field from "./fields.ts";
import * as kind from "./nginx-kinds.ts";

/** nginx's combined format with the forwarded address. */
const mainLogFormat = `'$remote_addr - $remote_user [$time_local] "$request" '
    '$status $body_bytes_sent "$http_referer" '
    '"$http_user_agent" "$http_x_forwarded_for"';`;

/** As in 3.x; 2.x had `$request_id` where the renderer's `$reqid` is. */
const traceLogFormat = `'$remote_addr - $remote_user [$time_local] "$request" $status '
    '$body_bytes_sent "$http_referer" "$http_user_agent" '
    '"$http_x_forwarded_for" $reqid $msec $request_time '
    '$upstream_connect_time $upstream_header_time $upstream_response_time';`;

/** Longest time that nginx takes in whole seconds. */
const mostSeconds = 2_147_483;

/** What nginx is told about requests. */
export type TrafficSettings = Pick<
  NginxSettings,
  | "httpVersion"
  | "connectTimeoutS"
  | "sendTimeoutS"
  | "readTimeoutS"
  | "ipHash"
  | "keepaliveTimeout"
  | "clientMaxBodySize"
  | "clientBodyBufferSize"
  | "clientBodyTimeout"
  | "clientHeaderBufferSize"
  | "largeClientHeaderBuffers"
  | "underscoresInHeaders"
  | "hideInfoHeaders"
  | "version"
  | "accessLogPath"
  | "mainLogFormat"
  | "traceLogFormat"
>;

/** In the order of a request. */
export const trafficTable: Table<TrafficSettings> = table(
  {
    HTTPVersion: field.oneOf(["1.0", "1.1"], "1.1", {
      says: "HTTP version towards applications",
      since: "3.x",
      effect: "an application sees it in the request; with 1.0 it gets a connection per request",
      differs:
        "another version is refused when core starts; the original wrote it into an nginx.conf that nginx refused",
    }),
    ConnectTimeout: field.whole(0, mostSeconds, 600, {
      says: "longest time to connect to an application",
      since: "2.x",
      unit: "seconds",
      effect:
        "then the next endpoint is asked, at last the client gets 504; all attempts of a request together wait at most twice as long",
      differs:
        "the file UCP wrote had 600, in 3.x 5; `interlock enable` writes 5. More than seconds are not waited, however long it is (`docs/operating.md`)",
    }),
    SendTimeout: field.whole(0, mostSeconds, 600, {
      says: "longest pause between two writes to an application or a client",
      since: "2.x",
      unit: "seconds",
      effect: "an application that does not read gives 504, a client that does not read is closed",
    }),
    ReadTimeout: field.whole(0, mostSeconds, 600, {
      says: "longest pause between two reads from an application",
      since: "2.x",
      unit: "seconds",
      effect: "an application that does not answer gives 504",
    }),
    IPHash: field.flag(false, {
      says: "send each client address to the same task, for every service of the cluster",
      since: "2.x",
      effect: "a client gets its answers from one task",
      differs: "a label of a service (`com.docker.lb.sticky_session_cookie`) goes before it",
    }),
    KeepaliveTimeout: field.text(
      "75s",
      kind.time(2, {
        says: "how long an idle client connection stays open; a second time is what the header Keep-Alive says",
        since: "2.x",
        example: "75s",
        effect: "an idle connection is closed after it",
      }),
    ),
    ClientMaxBodySize: field.text(
      "1m",
      kind.amount({
        says: "largest request body; 0 = any",
        since: "2.x",
        example: "32m",
        effect: "a larger body is answered with 413",
        differs: "the file UCP wrote had 32m, and so has that of `interlock enable`",
      }),
    ),
    ClientBodyBufferSize: field.text(
      "128k",
      kind.memory({
        says: "memory for a request body before it goes to disk",
        since: "2.x",
        example: "128k",
        effect: "for a larger body nginx logs that it is buffered to a file",
        differs: "the original has 8k: a file for each larger body costs more than all the rest (record 0021)",
      }),
    ),
    ClientBodyTimeout: field.text(
      "60s",
      kind.time(1, {
        says: "longest pause while a request body is sent",
        since: "2.x",
        example: "60s",
        effect: "the connection of a client that pauses longer is closed, with 408 in the access log",
      }),
    ),
    ClientHeaderBufferSize: field.text(
      "1k",
      kind.memory({
        says: "memory for request headers before LargeClientHeaderBuffers are used",
        since: "2.x",
        example: "1k",
        effect: "headers that fit in it need no large buffer",
      }),
    ),
    LargeClientHeaderBuffers: field.text(
      "4 8k",
      kind.buffers({
        says: "number and size of buffers for large request headers",
        since: "2.x",
        example: "4 8k",
        effect: "a longer request line is answered with 414, longer headers with 400",
      }),
    ),
    UnderscoresInHeaders: field.flag(false, {
      says: "accept header names with an underscore",
      since: "2.x",
      effect: "the application sees such a header, or does not",
    }),
    HideInfoHeaders: field.flag(false, {
      says: "leave out the x-* response headers that tell where an answer came from",
      since: "2.x (UCP 3.0.8, 3.1.2)",
      effect: "no x-request-id, x-proxy-id, x-server-info, x-upstream-addr and x-upstream-response-time",
    }),
    Version: field.text(
      "",
      kind.word({
        says: "version that proxies name in the header x-server-info; empty = Interlock's own",
        since: "2.x",
        example: "1",
        effect: "x-server-info: interlock/<Version> (nginx) linux",
      }),
    ),
    AccessLogPath: field.text(
      "/dev/stdout",
      kind.accessLog({
        says: 'where requests are logged; "off" = nowhere',
        since: "2.x",
        effect: "a line per request there",
      }),
    ),
    MainLogFormat: field.text(
      mainLogFormat,
      kind.logFormat({
        says: "format of the access log: nginx text in quotes",
        since: "2.x",
        example: `'$remote_addr "$request" $status';`,
        effect: "the lines of the access log",
        differs: "the final semicolon may be left out; the original's nginx.conf was broken then",
      }),
    ),
    TraceLogFormat: field.text(
      traceLogFormat,
      kind.logFormat({
        says: "format with the name trace, for an access_log in HTTPOptions",
        since: "2.x; $reqid since 3.x",
        example: `'$remote_addr "$request" $status $reqid';`,
        effect: "`access_log /dev/stdout trace;` in HTTPOptions writes such lines",
        differs: "as MainLogFormat",
      }),
    ),
  },
  (t) => ({
    httpVersion: t.HTTPVersion,
    connectTimeoutS: t.ConnectTimeout,
    sendTimeoutS: t.SendTimeout,
    readTimeoutS: t.ReadTimeout,
    ipHash: t.IPHash,
    keepaliveTimeout: t.KeepaliveTimeout,
    clientMaxBodySize: t.ClientMaxBodySize,
    clientBodyBufferSize: t.ClientBodyBufferSize,
    clientBodyTimeout: t.ClientBodyTimeout,
    clientHeaderBufferSize: t.ClientHeaderBufferSize,
    largeClientHeaderBuffers: t.LargeClientHeaderBuffers,
    underscoresInHeaders: t.UnderscoresInHeaders,
    hideInfoHeaders: t.HideInfoHeaders,
    version: t.Version,
    accessLogPath: t.AccessLogPath,
    mainLogFormat: t.MainLogFormat,
    traceLogFormat: t.TraceLogFormat,
  }),
);
