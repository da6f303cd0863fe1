/**
 * The stream context. For now only what the operator puts there.
 */
import type { NginxSettings } from "../../model/config.ts";
import { block, type Node } from "./directive.ts";
import { raw } from "./raw.ts";

/** Nothing without `TCPOptions`, so that the module is loaded only where it is used. */
export function stream(settings: NginxSettings): readonly Node[] {
  return settings.tcpOptions.length === 0 ? [] : [block("stream", [], raw("TCPOptions", settings.tcpOptions))];
}
