/**
 * Where a service answers.
 */
import type { Endpoint } from "../model/desired.ts";
import type { NetworkAddress, SwarmService, SwarmTask } from "../model/snapshot.ts";
import { byText } from "./order.ts";
import type { Served } from "./resolve.ts";

/**
 * The addresses of a service on its network: each running task, or the virtual address.
 *
 * Shape: unsorted; one endpoint per task, so that services sharing a host share it in proportion to their tasks (canary).
 * Why: Swarm calls a task with a health check running only when it is healthy, and a task that shall stop leaves here when its
 * *desired* state leaves running (decision D11). A virtual address with no running task behind it refuses or hangs, so it is
 * left out: the proxy then answers 503 at once.
 * Source: reference §4.9, §4.16, §9 (`backend_mode`).
 */
export function endpointsOf(served: Served, tasks: readonly SwarmTask[]): readonly Endpoint[] {
  const { service, claim, network } = served;
  const addresses = tasks
    .filter((task) => task.desiredState === "running" && task.state === "running")
    .map((task) => addressOn(network.id, task.addresses))
    .filter((address) => address !== undefined);
  if (claim.mode === "task") return addresses.map((address) => ({ address, port: claim.port }));
  const vip = virtualAddress(service, network.id);
  return vip === undefined || addresses.length === 0 ? [] : [{ address: vip, port: claim.port }];
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

/** Orders endpoints by address, then port. */
export function byAddress(a: Endpoint, b: Endpoint): number {
  return byText(a.address, b.address) || a.port - b.port;
}
