/**
 * Headers towards the client and towards the application.
 */
import type { NginxSettings } from "../../model/config.ts";
import type { Structure } from "../../model/desired.ts";
import { version } from "../../model/version.ts";
import { block, directive, expression, type Node } from "./directive.ts";
import { arrival, arrivalMaps } from "./handover.ts";

/**
 * Source: reference §6.2, 4 and 5; the forwarded headers beyond X-Forwarded-For are ours.
 *
 * Shape: without `always`, as in the original: answers nginx makes itself (4xx, 5xx) carry none of them.
 * Why at http level: an operator's `add_header` or `proxy_set_header` in `HTTPOptions` then adds to ours instead of replacing them.
 */
export function headers(structure: Structure): readonly Node[] {
  const { settings } = structure;
  const { address, port } = arrival(structure);
  return [
    ...arrivalMaps(structure),
    host(address),
    ...(settings.hideInfoHeaders ? [] : towardsClient(settings)),
    ...towardsApplication(port),
  ];
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

/**
 * The host applications are told: Host as the client wrote it, port and all, as long as that is what the request was routed by.
 *
 * Why: "GET http://a.example/ HTTP/1.1" is for a.example, whatever Host says, and so would tell one application any other's name. HTTP/1.0
 * clients may leave both out, applications of today may not be without it.
 * Source: RFC 9112 §3.2.2; `$host` is in lower case, without port and final dot.
 */
function host(address: string): Node {
  return block(
    "map",
    [expression("$host $http_host"), expression("$interlock_host")],
    [
      directive("default", expression("$host")),
      directive(" ", expression(address)),
      directive(String.raw`~^(\S+) (?i)\1\.?(:\d*)?$`, expression("$http_host")),
    ],
  );
}

function towardsApplication(port: string): readonly Node[] {
  return [
    ["Host", "$interlock_host"],
    ["X-Real-IP", "$remote_addr"],
    ["X-Forwarded-For", "$proxy_add_x_forwarded_for"],
    ["X-Forwarded-Proto", "$scheme"],
    ["X-Forwarded-Host", "$interlock_host"],
    ["X-Forwarded-Port", port],
    ["x-request-id", "$reqid"],
    ["Upgrade", "$interlock_upgrade"],
    ["Connection", "$interlock_connection"],
  ].map(([name = "", value = ""]) => directive("proxy_set_header", name, expression(value)));
}
