/**
 * Published ports: who is in whose way, and in which order changes can be made so that nobody is. Pure.
 *
 * Source: swarmkit `checkPortConflicts`: one port and protocol can belong to one service when it is published through the routing
 * mesh; services that publish it in host mode can share it with each other, but not a node.
 */
import type { SwarmService } from "../model/snapshot.ts";
import type { ServiceSpec } from "./engine.ts";
import type { CreateService, UpdateService } from "./step.ts";
import { withoutPorts } from "./spec.ts";

/** A port as it can be in somebody's way. */
export interface HeldPort {
  readonly published: number;
  readonly protocol: string;
  readonly mode: "ingress" | "host";
}

/** A step that may take ports. */
type PortStep = CreateService | UpdateService;

/** The ports a service holds; those that Swarm chose by itself are nobody's business. */
export function portsOfService(service: SwarmService): readonly HeldPort[] {
  return service.ports.flatMap(({ published, protocol, mode }) =>
    published === undefined || published === 0 ? [] : [{ published, protocol, mode }],
  );
}

/** The ports a spec asks for. */
export function portsOfSpec(spec: ServiceSpec): readonly HeldPort[] {
  return spec.EndpointSpec.Ports.map((port) => ({
    published: port.PublishedPort,
    protocol: port.Protocol,
    mode: port.PublishMode,
  }));
}

/** The first of `asked` that Swarm would refuse because of `held`. */
export function refusedPort(asked: readonly HeldPort[], held: readonly HeldPort[]): number | undefined {
  return asked.find((a) => held.some((h) => isSame(a, h) && (a.mode === "ingress" || h.mode === "ingress")))?.published;
}

/** The first of `asked` that cannot be had on a node where a task holds `held`. */
export function sharedHostPort(asked: readonly HeldPort[], held: readonly HeldPort[]): number | undefined {
  return asked.find((a) => held.some((h) => isSame(a, h) && a.mode === "host" && h.mode === "host"))?.published;
}

/**
 * Orders steps so that a service frees a port before another takes it. `current` are the services as they are, by name.
 *
 * When they wait for each other in a circle (two clusters swap their ports), one of them gives up its ports first; the next pass gives it its new ones.
 */
export function inPortOrder(
  steps: readonly PortStep[],
  current: ReadonlyMap<string, SwarmService>,
): readonly PortStep[] {
  const waiting = [...steps];
  const ordered: PortStep[] = [];
  for (;;) {
    const [first] = waiting;
    if (first === undefined) return ordered;
    const free = waiting.find((step) => blockerOf(step, waiting, current) === undefined);
    const next = free ?? inCircle(first, waiting, current);
    waiting.splice(waiting.indexOf(next), 1);
    ordered.push(free === undefined ? freeingPorts(next) : next);
  }
}

/** The first of the waiting steps that must be done before `step`. */
function blockerOf(
  step: PortStep,
  waiting: readonly PortStep[],
  current: ReadonlyMap<string, SwarmService>,
): PortStep | undefined {
  return waiting.find((other) => other !== step && isInTheWay(other, step, current));
}

/** One of a circle of steps that wait for each other, reached from `start` by asking each what it waits for. */
function inCircle(start: PortStep, waiting: readonly PortStep[], current: ReadonlyMap<string, SwarmService>): PortStep {
  const seen = new Set<PortStep>();
  let step = start;
  while (!seen.has(step)) {
    seen.add(step);
    step = blockerOf(step, waiting, current) ?? step;
  }
  return step;
}

/** True when `step` is refused until `other` is done. */
function isInTheWay(other: PortStep, step: PortStep, current: ReadonlyMap<string, SwarmService>): boolean {
  const holder = current.get(other.name);
  if (holder === undefined) return false;
  const held = portsOfService(holder);
  // Two specs that both want the port are a contradiction in the TOML; no order helps.
  const frees = refusedPort(portsOfSpec(other.spec), portsOfSpec(step.spec)) === undefined;
  return frees && refusedPort(portsOfSpec(step.spec), held) !== undefined;
}

function freeingPorts(step: PortStep): PortStep {
  if (step.kind === "createService") return step;
  const spec = withoutPorts(step.spec);
  return {
    ...step,
    spec,
    why: `${step.why}; first without published ports, because another service takes the ones it has while it waits for theirs`,
  };
}

function isSame(a: HeldPort, b: HeldPort): boolean {
  return a.published === b.published && a.protocol === b.protocol;
}
