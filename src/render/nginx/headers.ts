/**
 * Headers towards the client and towards the application.
 */
import type { NginxSettings } from "../../model/config.ts";
import { version } from "../../model/version.ts";
import { block, directive, expression, type Node } from "./directive.ts";

/**
 * Source: reference §6.2, 4 and 5; the forwarded headers beyond X-Forwarded-For are ours.
 *
 * Shape: without `always`, as in the original: answers nginx makes itself (4xx, 5xx) carry none of them.
 * Why at http level: an operator's `add_header` or `proxy_set_header` in `HTTPOptions` then adds to ours instead of replacing them.
 */
export function headers(settings: NginxSettings): readonly Node[] {
  return [host, ...(settings.hideInfoHeaders ? [] : towardsClient(settings)), ...towardsApplication];
}

function towardsClient(settings: NginxSettings): readonly Node[] {
  const product = settings.version === "" ? version : settings.version;
  return [
    directive("add_header", "x-request-id", expression("$reqid")),
    directive("add_header", "x-proxy-id", expression("$hostname")),
    directive("add_header", "x-server-info", `interlock/${product} (nginx) linux`),
    directive("add_header", "x-upstream-addr", expression("$upstream_addr")),
    // The time until its headers came: the response itself has not ended when this is written.
    directive("add_header", "x-upstream-response-time", expression("$upstream_header_time")),
  ];
}

/** HTTP/1.0 clients may leave Host out, applications of today may not be without it. */
const host: Node = block(
  "map",
  [expression("$http_host"), expression("$interlock_host")],
  [directive("default", expression("$http_host")), directive("", expression("$server_addr"))],
);

const towardsApplication: readonly Node[] = [
  ["Host", "$interlock_host"],
  ["X-Real-IP", "$remote_addr"],
  ["X-Forwarded-For", "$proxy_add_x_forwarded_for"],
  ["X-Forwarded-Proto", "$scheme"],
  ["X-Forwarded-Host", "$interlock_host"],
  ["X-Forwarded-Port", "$server_port"],
  ["x-request-id", "$reqid"],
  ["Upgrade", "$interlock_upgrade"],
  ["Connection", "$interlock_connection"],
].map(([name = "", value = ""]) => directive("proxy_set_header", name, expression(value)));
