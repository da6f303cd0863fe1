/**
 * A service as far as the rules look at it.
 */
import type { SwarmService } from "../model/snapshot.ts";

/** What decides about a service's routes: not how many tasks it has, what they run, nor how an update of it goes. */
export type AskingService = Pick<SwarmService, "id" | "name" | "createdAt" | "labels" | "networks" | "ports" | "vips">;

const known = new WeakMap<SwarmService, AskingService>();

/**
 * Takes from a service what the rules look at; `before` itself when that is equal.
 *
 * Why: most changes of a service are rolls and scalings. What is not another object is not decided anew, and with it the layout of its cluster.
 */
export function askingOf(service: SwarmService, before: AskingService | undefined): AskingService {
  const again = known.get(service);
  if (again !== undefined) return again;
  const { id, name, createdAt, labels, networks, ports, vips } = service;
  const now: AskingService = { id, name, createdAt, labels, networks, ports, vips };
  const asking = before !== undefined && JSON.stringify(before) === JSON.stringify(now) ? before : now;
  known.set(service, asking);
  return asking;
}
