/**
 * What Docker's DNS calls the tasks of services, for proxies that must do without core (record 0013).
 */
import type { NameTable, TaskName } from "../model/desired.ts";
import type { UpstreamName } from "../model/names.ts";
import { limitsOf } from "./endpoints.ts";
import { byText } from "./order.ts";
import type { Served } from "./resolve.ts";
import type { Upstream } from "./upstreams.ts";

/** The names of each upstream whose members are all reached by the addresses of their tasks. */
export function namesOf(upstreams: ReadonlyMap<UpstreamName, Upstream>): NameTable {
  return new Map(
    [...upstreams].flatMap(([upstream, { members }]) => {
      const names = members.flatMap(nameOf);
      return names.length < members.length ? [] : [[upstream, names.toSorted(byName)]];
    }),
  );
}

/**
 * Source: Docker's embedded DNS, measured: `tasks.<service>` answers with the tasks on every network the asking container is on,
 * `tasks.<service>.<network>` with those on that one.
 */
function nameOf({ service, reach, claim }: Served): readonly TaskName[] {
  if (reach.kind !== "tasks") return [];
  return [{ name: `tasks.${service.name}.${reach.network.name}`, port: claim.port, ...limitsOf(claim) }];
}

function byName(a: TaskName, b: TaskName): number {
  return byText(a.name, b.name) || a.port - b.port;
}
