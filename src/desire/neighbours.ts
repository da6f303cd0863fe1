/**
 * Which services can have anything to do with one another.
 */
import type { Served } from "./resolve.ts";

/**
 * All that share a host with some of them, or share one with those, and so on; they themselves included.
 *
 * Why of one service all claims: what it is told is put together of them.
 */
export function neighboursOf(some: readonly Served[], all: readonly Served[]): ReadonlySet<Served> {
  const found = new Set<Served>();
  const hosts = new Set<Served["claim"]["hosts"][number]>();
  const ids = new Set<string>();
  const add = (served: Served): void => {
    found.add(served);
    ids.add(served.service.id);
    for (const host of served.claim.hosts) hosts.add(host);
  };
  some.forEach(add);
  for (let before = -1; before < found.size;) {
    before = found.size;
    for (const served of all)
      if (!found.has(served) && (ids.has(served.service.id) || served.claim.hosts.some((host) => hosts.has(host))))
        add(served);
  }
  return found;
}
