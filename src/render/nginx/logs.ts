/**
 * Log formats and the access log.
 */
import type { NginxSettings } from "../../model/config.ts";
import { block, directive, expression, type Node } from "./directive.ts";

/** The documented default: combined, and what the client said it was forwarded for. */
export const mainFormat: string =
  `'$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent ` +
  `"$http_referer" "$http_user_agent" "$http_x_forwarded_for"'`;

/** The documented default: request id and where the time went. */
export const traceFormat: string =
  `'$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" ` +
  `"$http_x_forwarded_for" $reqid $msec $request_time $upstream_connect_time $upstream_header_time $upstream_response_time'`;

/** Source: reference §2.3: format values are nginx text with quotes of their own and perhaps a final semicolon. */
export function logs(settings: NginxSettings): readonly Node[] {
  return [
    requestId(),
    format("main", settings.mainLogFormat, mainFormat),
    format("trace", settings.traceLogFormat, traceFormat),
    accessLog(settings.accessLogPath),
  ];
}

/** `$reqid` (3.x formats use it, 2.x used `$request_id`): the client's x-request-id when it is a plain short word, else nginx's own. */
export function requestId(): Node {
  return block(
    "map",
    [expression("$http_x_request_id"), expression("$reqid")],
    [
      directive("default", expression("$request_id")),
      // Found by hash before any pattern is tried, so a request without the header costs no pattern.
      directive("", expression("$request_id")),
      directive(shortWord, expression("$http_x_request_id")),
    ],
  );
}

/**
 * True where requests that bring no id can get one from `lua/ids.lua`, for less than nginx's own costs: where the operator's text does not name
 * that one, which would then be another than applications and clients are told, and makes no `$reqid` of its own.
 */
export function givesIds(settings: NginxSettings): boolean {
  return !/\$\{?request_id\b|\b(?:map\s+\S+|set)\s+\$reqid\b/.test(JSON.stringify(settings));
}

function accessLog(path: string): Node {
  if (path === "off") return directive("access_log", "off");
  return directive("access_log", expression(path === "" ? "/dev/stdout" : path), "main");
}

const shortWord = "~^[A-Za-z0-9._-]{1,128}$";

function format(name: string, setting: string, fallback: string): Node {
  const text = setting.trim().replace(/;+$/, "").trimEnd();
  return { kind: "raw", lines: [`log_format ${name} ${text === "" ? fallback : text};`] };
}
