/**
 * Where a service answers.
 */
import type { Endpoint } from "../model/desired.ts";
import type { SwarmTask } from "../model/snapshot.ts";
import type { Claim } from "../labels/claim.ts";
import { addressOn, virtualAddress } from "./addresses.ts";
import { nodePort } from "./host-mode.ts";
import { byText } from "../model/order.ts";
import type { Served } from "./resolve.ts";
import type { Surroundings } from "./surroundings.ts";

/** What was found for a service, and from which tasks and nodes. */
interface Found {
  readonly tasks: readonly SwarmTask[];
  readonly nodeById: Surroundings["nodeById"];
  readonly endpoints: readonly Endpoint[];
}

const found = new WeakMap<Served, Found>();

const noTasks: readonly SwarmTask[] = [];

/**
 * Finds the endpoints of services, sorted by address, then port; those of each service once, however many hosts it has.
 *
 * Shape: what a single service has, while its tasks and the nodes are the same, is the same list.
 */
export function endpointFinder(around: Surroundings): (services: readonly Served[]) => readonly Endpoint[] {
  const { nodeById } = around;
  const of = (served: Served): readonly Endpoint[] => {
    const tasks = around.tasksByService.get(served.service.id) ?? noTasks;
    const before = found.get(served);
    if (before?.tasks === tasks && before.nodeById === nodeById) return before.endpoints;
    const endpoints = endpointsOf(served, tasks, nodeById).toSorted(byAddress);
    found.set(served, { tasks, nodeById, endpoints });
    return endpoints;
  };
  return (services) => {
    const [first, ...others] = services;
    return first !== undefined && others.length === 0 ? of(first) : services.flatMap(of).toSorted(byAddress);
  };
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
function endpointsOf(
  served: Served,
  all: readonly SwarmTask[],
  nodeById: Surroundings["nodeById"],
): readonly Endpoint[] {
  const tasks = all.filter((task) => task.desiredState === "running" && task.state === "running");
  const limits = limitsOf(served.claim);
  return placesOf(served, tasks, nodeById).map(({ address, port }) => ({ address, port, ...limits }));
}

function placesOf(
  { service, claim, reach }: Served,
  tasks: readonly SwarmTask[],
  nodeById: Surroundings["nodeById"],
): readonly Pick<Endpoint, "address" | "port">[] {
  if (reach.kind === "nodes") return tasks.flatMap((task) => nodePort(task, claim.port, nodeById) ?? []);
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

function byAddress(a: Endpoint, b: Endpoint): number {
  return byText(a.address, b.address) || a.port - b.port;
}
