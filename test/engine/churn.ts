/**
 * Changes a Swarm for as long as it is let: services are scaled, rolled and relabelled, so many a second.
 */
import { type Chance, chanceOf } from "./ids.ts";
import type { SimulatedSwarm } from "./swarm.ts";
import type { Service, ServiceSpec } from "./words.ts";

/** Kinds of changes, equally likely. */
const changes = ["scale", "roll", "relabel"] as const;

/** One change of one service: the same seed and the same services give the same changes. */
export function change(swarm: SimulatedSwarm, serviceIds: readonly string[], chance: Chance): void {
  const service = swarm.services.get(serviceIds[Math.floor(chance() * serviceIds.length)] ?? "");
  const kind = changes[Math.floor(chance() * changes.length)] ?? "scale";
  if (service === undefined) return;
  swarm.updateService(service.ID, service.Version.Index, changed(service, kind, chance));
}

/** Makes changes, evenly spread. The answer ends it. */
export function churn(swarm: SimulatedSwarm, perSecond: number, seed: number): () => void {
  const chance = chanceOf(seed);
  const serviceIds = swarm.services.values().map((service) => service.ID);
  const startedAt = performance.now();
  let made = 0;
  // A timer may come late; what is due is then made up for.
  const timer = setInterval(
    () => {
      const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond);
      for (; made < due; made += 1) change(swarm, serviceIds, chance);
    },
    Math.max(5, 1000 / perSecond / 4),
  );
  return () => clearInterval(timer);
}

function changed({ Spec }: Service, kind: (typeof changes)[number], chance: Chance): ServiceSpec {
  switch (kind) {
    case "scale": {
      const replicas = Spec.Mode?.Replicated?.Replicas ?? 1;
      return { ...Spec, Mode: { Replicated: { Replicas: Math.max(1, replicas + (chance() < 0.5 ? -1 : 1)) } } };
    }
    case "roll": {
      const template = Spec.TaskTemplate;
      return { ...Spec, TaskTemplate: { ...template, ForceUpdate: (template.ForceUpdate ?? 0) + 1 } };
    }
    case "relabel": {
      const [host = ""] = (Spec.Labels?.["com.docker.lb.hosts"] ?? "").split(",");
      const alias = `alias-${Math.floor(chance() * 1000)}.${host}`;
      return { ...Spec, Labels: { ...Spec.Labels, "com.docker.lb.hosts": `${host},${alias}` } };
    }
  }
}
