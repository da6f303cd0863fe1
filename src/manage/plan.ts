/**
 * What to do so that the services core owns become what the configuration wants. Pure: a plan is data, with a reason for every step.
 */
import type { Snapshot, SwarmNode, SwarmService, SwarmTask } from "../model/snapshot.ts";
import type { Trouble } from "../model/status.ts";
import { inOrder, tasksByServiceOf } from "../model/tasks.ts";
import { differencesOf } from "./differences.ts";
import { decideNetworks, viewNetworks, type NetworkView } from "./networks.ts";
import { planOrphans } from "./orphans.ts";
import { ownedBy, ownershipOf } from "./ownership.ts";
import { unmet } from "./placement.ts";
import { inPortOrder } from "./ports.ts";
import { networksIn, specHash, withNetworks } from "./spec.ts";
import type { CreateService, Memory, SetNetworks, Step, UpdateService, WantedService } from "./step.ts";
import { interrupted, nameTaken, putBack, unplaced } from "./troubles.ts";

/** What to do, in this order, and what stands in the way. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly troubles: readonly Trouble[];
  /** Names of the services among the troubles whose last change was rolled back; their tasks know why (reasons.ts). */
  readonly rolledBack: readonly string[];
}

/**
 * Compares what is with what is wanted.
 *
 * Shape: at most one step per service. `owner` is the name of the core service; only services with its label are ever part of a step.
 * The order is: orphans that hold a needed port, creations and updates (a port is freed before it is taken), networks, orphans that
 * are no longer needed.
 * Why by the hash label and not by the live spec: `docker service update` of an operator stands until the TOML changes
 * (reference §4.8, §4.19), and a second pass finds nothing to do, whatever Swarm adds to a spec.
 */
export function plan(snapshot: Snapshot, wanted: readonly WantedService[], owner: string, memory: Memory): Plan {
  const sorted = wanted.toSorted((a, b) => (a.spec.Name < b.spec.Name ? -1 : 1));
  const byName = new Map(snapshot.services.map((service) => [service.name, service]));
  const tasks = tasksByServiceOf(snapshot.tasks);
  const view = viewNetworks(snapshot);

  const changes: (CreateService | UpdateService)[] = [];
  const networkSteps: SetNetworks[] = [];
  const troubles: Trouble[] = [];
  const rolledBack: string[] = [];
  const current = new Map<string, SwarmService>();
  for (const one of sorted) {
    const service = byName.get(one.spec.Name);
    if (service === undefined) {
      if (one.held !== true) changes.push(creation(one, view));
      continue;
    }
    if (ownershipOf(service)?.owner !== owner) {
      troubles.push(nameTaken(service.name));
      continue;
    }
    current.set(service.name, service);
    if (one.held === true) continue;
    const judged = judge(one, service, inOrder(tasks.get(service.id)), snapshot.nodes, view, memory);
    if (judged.step?.kind === "updateService") changes.push(judged.step);
    if (judged.step?.kind === "setNetworks") networkSteps.push(judged.step);
    troubles.push(...judged.troubles);
    if (judged.rolledBack === true) rolledBack.push(service.name);
  }

  const names = new Set(wanted.map(({ spec }) => spec.Name));
  const orphans = ownedBy(owner, snapshot.services).filter(({ service }) => !names.has(service.name));
  const removals = planOrphans(orphans, { wanted: sorted, current, steps: changes, tasks });
  return {
    steps: [...removals.first, ...inPortOrder(changes, current), ...networkSteps, ...removals.last],
    troubles,
    rolledBack,
  };
}

/** Plans the removal of everything this core owns, for `interlock disable`. */
export function planRemoval(snapshot: Snapshot, owner: string): readonly Step[] {
  return ownedBy(owner, snapshot.services).map(({ service }) => ({
    kind: "removeService",
    name: service.name,
    id: service.id,
    why: "Interlock is being disabled",
  }));
}

function creation(one: WantedService, view: NetworkView): CreateService {
  const networks = decideNetworks([], networksIn(one.spec), view).networks;
  const what = one.role === "config" ? "config service" : one.role;
  const why = `[Extensions.${one.extension}] asks for this ${what} and it does not exist`;
  return { kind: "createService", name: one.spec.Name, spec: withNetworks(one.spec, networks), why };
}

/** What to do about one service that exists and is ours. */
function judge(
  one: WantedService,
  service: SwarmService,
  tasks: readonly SwarmTask[],
  nodes: readonly SwarmNode[],
  view: NetworkView,
  memory: Memory,
): {
  readonly step?: UpdateService | SetNetworks;
  readonly troubles: readonly Trouble[];
  readonly rolledBack?: boolean;
} {
  const tried = memory.attempted.get(service.name);
  // A look from before our last change says nothing about what came of it.
  if (tried !== undefined && service.version <= tried.version) return { troubles: [] };
  const target = { name: service.name, id: service.id, version: service.version };
  const wantedHash = specHash(one.spec);
  const changed = ownershipOf(service)?.specHash !== wantedHash;
  const decision = decideNetworks(service.networks, networksIn(one.spec), view);
  const troubles = unplaced(service.name, tasks, unmet(one.spec.TaskTemplate.Placement.Constraints, nodes));

  // What was accepted once and is not there any more was put back, by Swarm or by a person.
  if (changed && tried?.spec !== wantedHash) {
    const networks = decideNetworks([], networksIn(one.spec), view).networks;
    const why = [differencesOf(service, one.spec, one.printed), ...decision.reasons].join("; ");
    return { step: { kind: "updateService", ...target, spec: withNetworks(one.spec, networks), why }, troubles };
  }
  if (changed) troubles.push(putBack(service, "settings"));

  const triedNetworks = tried?.networks === decision.networks.join() && service.updateState?.startsWith("rollback");
  if (decision.urgent && triedNetworks !== true) {
    const why = decision.reasons.map((reason) => `it ${reason}`).join("; ");
    return {
      step: { kind: "setNetworks", ...target, networks: decision.networks, why },
      troubles,
      rolledBack: changed,
    };
  }
  if (decision.urgent) troubles.push(putBack(service, "networks"));

  if (!changed && !decision.urgent) troubles.push(...interrupted(service));
  return { troubles, rolledBack: changed || decision.urgent };
}
