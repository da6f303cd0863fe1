/**
 * Every label of ours: what code and documents read.
 */
import { backendMode } from "./backend_mode.ts";
import { defaultBackend } from "./default_backend.ts";
import type { LabelFamily } from "./family.ts";
import { hosts } from "./hosts.ts";
import { type LaterLabel, laterLabels } from "./later.ts";
import { network } from "./network.ts";
import { port } from "./port.ts";
import { serviceCluster } from "./service_cluster.ts";

/** The labels that are acted on, in the order the documents show them. */
export const catalogue: readonly LabelFamily<unknown>[] = [
  hosts,
  port,
  network,
  serviceCluster,
  defaultBackend,
  backendMode,
];

/** The labels that are known and come later, by their whole name. */
export const laterByLabel: ReadonlyMap<string, LaterLabel> = new Map(laterLabels.map((later) => [later.label, later]));

/** The whole names of all known labels. */
export const knownLabels: ReadonlySet<string> = new Set([
  ...catalogue.map((family) => family.label),
  ...laterLabels.map((later) => later.label),
]);
