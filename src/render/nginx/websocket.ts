/**
 * Websockets without being asked for.
 */
import { block, directive, expression, type Node } from "./directive.ts";

/**
 * Passes `Upgrade: websocket` on; every other request goes over a connection that is kept.
 *
 * Shape: an empty value makes nginx leave the header out, which is what keeps upstream connections alive.
 * Why only websocket: `Upgrade: h2c` would open a tunnel through which requests pass unrouted (request smuggling).
 * Why not over HTTP/2: there the header means nothing, but nginx would open a tunnel that has no answer.
 * Source: nginx "WebSocket proxying"; map compares text without case; RFC 9113 §8.2.2.
 */
export function websocket(): readonly Node[] {
  return [
    // Each looks at one variable, and mostly at an empty one: a map puts several together before it looks.
    map("$http_upgrade", "$interlock_upgrade", ["default", ""], ["websocket", "$interlock_websocket"]),
    map("$http2", "$interlock_websocket", ["default", ""], ["", "websocket"]),
    map("$interlock_upgrade", "$interlock_connection", ["default", "upgrade"], ["", ""]),
  ];
}

function map(from: string, to: string, ...entries: readonly (readonly [key: string, value: string])[]): Node {
  return block(
    "map",
    [expression(from), expression(to)],
    entries.map(([key, value]) => directive(key, expression(value))),
  );
}
