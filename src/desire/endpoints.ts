/**
 * Where a service answers.
 */
import type { Endpoint } from "../model/desired.ts";
import type { NetworkAddress, SwarmService, SwarmTask } from "../model/snapshot.ts";
import type { Claim } from "../labels/claim.ts";
import { nodePort } from "./host-mode.ts";
import { byText } from "./order.ts";
import type { Served } from "./resolve.ts";
import type { Surroundings } from "./surroundings.ts";

/** Finds the endpoints of services, sorted by address, then port; those of each service once, however many hosts it has. */
export function endpointFinder(around: Surroundings): (services: readonly Served[]) => readonly Endpoint[] {
  const known = new Map<Served, readonly Endpoint[]>();
  const of = (served: Served): readonly Endpoint[] => {
    const found = known.get(served) ?? endpointsOf(served, around);
    known.set(served, found);
    return found;
  };
  return (services) => services.flatMap(of).toSorted(byAddress);
}

/**
 * The addresses of a service: each running task (on the service's network, or at its port on the node), or the virtual address.
 *
 * Shape: unsorted; one endpoint per task, so that services sharing a route share it in proportion to their tasks (canary).
 * Why: Swarm calls a task with a health check running only when it is healthy, and a task that shall stop leaves here when its
 * *desired* state leaves running (decision D11). A virtual address with no running task behind it refuses or hangs, so it is
 * left out: the proxy then answers 503 at once.
 * Source: reference §4.6, §4.9, §4.16, §9 (`backend_mode`, `max_fails`).
 */
function endpointsOf(served: Served, around: Surroundings): readonly Endpoint[] {
  const tasks = (around.tasksByService.get(served.service.id) ?? []).filter(
    (task) => task.desiredState === "running" && task.state === "running",
  );
  const limits = limitsOf(served.claim);
  return placesOf(served, tasks, around).map(({ address, port }) => ({ address, port, ...limits }));
}

function placesOf(
  { service, claim, reach }: Served,
  tasks: readonly SwarmTask[],
  around: Surroundings,
): readonly Pick<Endpoint, "address" | "port">[] {
  if (reach.kind === "nodes") return tasks.flatMap((task) => nodePort(task, claim.port, around.nodeById) ?? []);
  const addresses = tasks.flatMap((task) => addressOn(reach.network.id, task.addresses) ?? []);
  if (reach.kind === "tasks") return addresses.map((address) => ({ address, port: claim.port }));
  const vip = virtualAddress(service, reach.network.id);
  return vip === undefined || addresses.length === 0 ? [] : [{ address: vip, port: claim.port }];
}

/** When an endpoint of a service rests, as its labels say. */
export function limitsOf({ maxFails, failTimeoutMs }: Claim): Pick<Endpoint, "maxFails" | "failTimeoutMs"> {
  return {
    ...(maxFails === undefined ? {} : { maxFails }),
    ...(failTimeoutMs === undefined ? {} : { failTimeoutMs }),
  };
}

/** The virtual address of a service on a network; `undefined` for `endpoint_mode: dnsrr`. */
export function virtualAddress(service: SwarmService, networkId: string): string | undefined {
  return addressOn(networkId, service.vips);
}

/** One address per network, IPv4 before IPv6: a task with both must not count twice. */
function addressOn(networkId: string, addresses: readonly NetworkAddress[]): string | undefined {
  return addresses
    .filter((each) => each.networkId === networkId && each.address !== "")
    .map((each) => each.address)
    .toSorted((a, b) => Number(a.includes(":")) - Number(b.includes(":")) || byText(a, b))[0];
}

function byAddress(a: Endpoint, b: Endpoint): number {
  return byText(a.address, b.address) || a.port - b.port;
}
