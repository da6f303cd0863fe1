/**
 * Proxies that Swarm is replacing right now. Another change of their service would take the next one away while the last is not back:
 * Swarm gives up the roll it is at and begins another, which need not begin with the proxy that is missing.
 */
import type { Snapshot, SwarmService, SwarmTask } from "../model/snapshot.ts";
import { inOrder, tasksByServiceOf } from "../model/tasks.ts";
import type { Step, WantedService } from "./step.ts";

/** How long nothing need move in a roll that gets on, beside the time a proxy has for its end: an image is pulled, a proxy starts. */
const stillMs = 60_000;

/** What to do now, and what when the rolls are over. */
export interface Sorted {
  readonly now: readonly Step[];
  readonly later: readonly Step[];
}

/** Remembers how long each roll has stood still; give it every look that a plan is made from. */
export class Rolls {
  readonly #still = new Map<string, { readonly like: string; readonly sinceMs: number }>();

  /**
   * Puts off what would replace proxies that are being replaced.
   *
   * Why not for ever: a roll that does not get on may want just this change. One stands still when none of its tasks became another, or came
   * into another state, for a minute and the grace period.
   */
  sort(steps: readonly Step[], wanted: readonly WantedService[], snapshot: Snapshot, nowMs: number): Sorted {
    const underWay = this.#underWay(wanted, snapshot, nowMs);
    const replaces = ({ kind, name }: Step): boolean =>
      (kind === "updateService" || kind === "setNetworks") && underWay.has(name);
    // An orphan goes when its successor can take its place at once.
    const waits = steps.some(replaces);
    const isLater = (step: Step): boolean => replaces(step) || (waits && step.kind === "removeService");
    return { now: steps.filter((step) => !isLater(step)), later: steps.filter(isLater) };
  }

  #underWay(wanted: readonly WantedService[], snapshot: Snapshot, nowMs: number): ReadonlySet<string> {
    const names = new Set<string>();
    const groups = tasksByServiceOf(snapshot.tasks);
    for (const { role, spec } of wanted) {
      const service = snapshot.services.find(({ name }) => name === spec.Name);
      const tasks = inOrder(groups.get(service?.id ?? ""));
      if (role !== "proxy" || service === undefined || !isRolling(service, tasks)) {
        this.#still.delete(spec.Name);
        continue;
      }
      const like = JSON.stringify([service.version, tasks.map(({ id, state }) => [id, state])]);
      const before = this.#still.get(spec.Name);
      const sinceMs = before?.like === like ? before.sinceMs : nowMs;
      this.#still.set(spec.Name, { like, sinceMs });
      const graceMs = (spec.TaskTemplate.ContainerSpec.StopGracePeriod ?? 0) / 1_000_000;
      if (nowMs - sinceMs < stillMs + graceMs) names.add(spec.Name);
    }
    return names;
  }
}

/** Also when a proxy starts by itself. What can be placed nowhere is waited for in vain, and while an old one goes, none is there to see. */
function isRolling({ updateState }: SwarmService, tasks: readonly SwarmTask[]): boolean {
  const states = new Set(tasks.map(({ state }) => state));
  const isStuck = states.delete("pending");
  states.delete("running");
  return states.size > 0 || ((updateState === "updating" || updateState === "rollback_started") && !isStuck);
}
