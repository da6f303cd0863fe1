/**
 * Owned services that the configuration no longer names: when each may go. Pure.
 */
import type { SwarmService, SwarmTask } from "../model/snapshot.ts";
import type { Groups } from "../model/tasks.ts";
import type { OwnedService } from "./ownership.ts";
import { portsOfService, portsOfSpec, refusedPort, sharedHostPort } from "./ports.ts";
import type { CreateService, RemoveService, UpdateService, WantedService } from "./step.ts";

/** What is known when orphans are judged. */
export interface OrphanContext {
  readonly wanted: readonly WantedService[];
  /** The wanted services that exist and are ours, by name. */
  readonly current: ReadonlyMap<string, SwarmService>;
  /** Creations and updates about to be made. */
  readonly steps: readonly (CreateService | UpdateService)[];
  readonly tasks: Groups;
}

/** Removals before everything else, and removals after everything else. */
export interface OrphanPlan {
  readonly first: readonly RemoveService[];
  readonly last: readonly RemoveService[];
}

/**
 * Decides about each orphan: it goes first when a wanted service cannot have its port otherwise, last when its successors serve, and
 * stays until one of both is true.
 *
 * Why not first always: behind host-mode ports or on other nodes old and new can overlap, and no request is lost.
 */
export function planOrphans(orphans: readonly OwnedService[], context: OrphanContext): OrphanPlan {
  const first: RemoveService[] = [];
  const last: RemoveService[] = [];
  for (const { service, ownership } of orphans) {
    const step = { kind: "removeService", name: service.name, id: service.id } as const;
    const blocked = blockedBy(service, context);
    if (blocked !== undefined) {
      first.push({
        ...step,
        why: `the configuration no longer names it, and ${blocked.name} needs its port ${blocked.port}`,
      });
      continue;
    }
    const successors = successorsOf(ownership, context.wanted);
    if (successors.every((successor) => serves(successor, context))) {
      last.push({ ...step, why: `the configuration no longer names it, and ${phraseOf(successors)}` });
    }
  }
  return { first, last };
}

/**
 * Who takes over from an orphan: the wanted services of the same role with its table or its cluster, else all wanted proxies.
 * Why all: a service cluster that is given up has no successor of its own, and the safe moment is when the new order works.
 */
function successorsOf(orphan: OwnedService["ownership"], wanted: readonly WantedService[]): readonly WantedService[] {
  const own = wanted.filter(
    ({ role, extension, cluster }) =>
      role === orphan.role && (extension === orphan.extension || cluster === orphan.cluster),
  );
  return own.length > 0 ? own : wanted.filter(({ role }) => role === "proxy");
}

/** A task with a health check is running only when healthy, and a proxy is healthy only when it serves (D14). */
function serves({ spec }: WantedService, context: OrphanContext): boolean {
  const service = context.current.get(spec.Name);
  if (service === undefined) return false;
  if (spec.Mode.Replicated.Replicas === 0) return true;
  return (context.tasks.get(service.id) ?? []).some((task) => task.state === "running");
}

/** The wanted service that cannot come up while this orphan holds a port. */
function blockedBy(orphan: SwarmService, context: OrphanContext): { name: string; port: number } | undefined {
  const held = portsOfService(orphan);
  for (const step of context.steps) {
    const port = refusedPort(portsOfSpec(step.spec), held);
    if (port !== undefined) return { name: step.name, port };
  }
  for (const { spec } of context.wanted) {
    const port = sharedHostPort(portsOfSpec(spec), held);
    const service = context.current.get(spec.Name);
    if (port === undefined || service === undefined) continue;
    const tasks = context.tasks.get(service.id) ?? [];
    if (!tasks.some((task) => task.state === "running") && tasks.some(lacksHostPort)) return { name: spec.Name, port };
  }
  return undefined;
}

/** Source: swarmkit `HostPortFilter.Explain`: "no suitable node (host-mode port already in use on 1 node)". */
function lacksHostPort(task: SwarmTask): boolean {
  return task.state === "pending" && (task.error ?? "").includes("host-mode port already in use");
}

function phraseOf(successors: readonly WantedService[]): string {
  const names = successors.map(({ spec }) => spec.Name);
  return names.length === 0
    ? "nothing takes its place"
    : `${names.join(", ")} ${names.length === 1 ? "serves" : "serve"}`;
}
