/**
 * Websockets without being asked for.
 */
import { block, directive, expression, type Node } from "./directive.ts";

/**
 * Passes `Upgrade: websocket` on; every other request goes over a connection that is kept.
 *
 * Shape: an empty value makes nginx leave the header out, which is what keeps upstream connections alive.
 * Why only websocket: `Upgrade: h2c` would open a tunnel through which requests pass unrouted (request smuggling).
 * Source: nginx "WebSocket proxying"; map compares text without case.
 */
export function websocket(): readonly Node[] {
  return [upgradeMap("$interlock_upgrade", "websocket"), upgradeMap("$interlock_connection", "upgrade")];
}

function upgradeMap(variable: string, value: string): Node {
  return block(
    "map",
    [expression("$http_upgrade"), expression(variable)],
    [directive("default", ""), directive("websocket", value)],
  );
}
