/**
 * The events context.
 */
import type { NginxSettings } from "../../model/config.ts";
import { block, directive, type Node } from "./directive.ts";

/** Source: reference §6.2, 2. */
export function events(settings: NginxSettings): readonly Node[] {
  return [block("events", [], [directive("worker_connections", String(settings.maxConnections))])];
}
