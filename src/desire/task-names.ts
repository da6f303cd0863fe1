/**
 * What Docker's DNS calls the tasks of services, for proxies that must do without core (record 0013).
 */
import type { NameTable, TaskName } from "../model/desired.ts";
import type { UpstreamName } from "../model/names.ts";
import { limitsOf } from "./endpoints.ts";
import { byText } from "../model/order.ts";
import type { Served } from "./resolve.ts";
import type { Upstream } from "./upstreams.ts";

/** The names of each upstream whose members are all reached by the addresses of their tasks. */
export function namesOf(upstreams: ReadonlyMap<UpstreamName, Upstream>): NameTable {
  return new Map(
    [...upstreams].flatMap(([upstream, { members }]) => {
      const [first, ...others] = members;
      if (first !== undefined && others.length === 0) return known(first).map((row) => [upstream, row]);
      const names = members.flatMap((served) => known(served).flat());
      return names.length < members.length ? [] : [[upstream, names.toSorted(byName)]];
    }),
  );
}

const rows = new WeakMap<Served, readonly (readonly TaskName[])[]>();

/** The row of an upstream with one member, where there is one: the same list each time. */
function known(served: Served): readonly (readonly TaskName[])[] {
  const before = rows.get(served);
  if (before !== undefined) return before;
  const names = nameOf(served);
  const row = names.length === 0 ? [] : [names];
  rows.set(served, row);
  return row;
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
