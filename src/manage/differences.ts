/**
 * What an update will change, in words for the log. Pure.
 */
import type { Labels, SwarmService } from "../model/snapshot.ts";
import type { ServiceSpec } from "./engine.ts";
import { ownershipLabels } from "./ownership.ts";
import { portsOfService, portsOfSpec, type HeldPort } from "./ports.ts";

/** A phrase such as `its image and its ports`; what a snapshot does not hold is `its settings`. */
export function differencesOf(service: SwarmService, spec: ServiceSpec): string {
  const replicas = service.mode.kind === "replicated" ? service.mode.replicas : undefined;
  const found = [
    service.image !== spec.TaskTemplate.ContainerSpec.Image && "its image",
    replicas !== spec.Mode.Replicated.Replicas && "its number of replicas",
    portsText(portsOfService(service)) !== portsText(portsOfSpec(spec)) && "its published ports",
    labelsText(service.labels) !== labelsText(spec.Labels) && "its labels",
  ].filter((phrase) => phrase !== false);
  return found.length === 0 ? "its settings" : found.join(" and ");
}

function portsText(ports: readonly HeldPort[]): string {
  return ports
    .map((port) => `${port.mode} ${port.published}/${port.protocol}`)
    .toSorted()
    .join();
}

function labelsText(labels: Labels): string {
  const { [ownershipLabels.spec]: _hash, ...rest } = labels;
  return JSON.stringify(Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
