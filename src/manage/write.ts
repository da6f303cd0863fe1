/**
 * What is written to the engine: a spec together with the memory of what was wanted, so that the next update changes only what is wanted
 * differently by then (record 0012). Pure.
 */
import { canonicalJson } from "./canonical.ts";
import type { ConfigMount, LiveService, ServiceSpec } from "./engine.ts";
import { merged } from "./merge.ts";
import { ownershipLabels } from "./ownership.ts";
import { isPrinted, withConfig, withLiveConfig } from "./printed.ts";
import { withNetworks } from "./spec.ts";

/** The spec of a service to create. */
export function created(spec: ServiceSpec): ServiceSpec {
  const { bare, printed } = withoutPrinted(spec);
  const remembering = withMemory(bare);
  return printed === undefined ? remembering : withConfig(remembering, printed);
}

/**
 * The spec of a service to update: what is wanted as before stays as an operator left it.
 *
 * Shape: networks are those of `spec`, whatever is there: they were decided from what is there (networks.ts). The docker config of ours takes
 * the place of the one that is there.
 */
export function updated(spec: ServiceSpec, live: LiveService["spec"]): LiveService["spec"] {
  const { bare, printed } = withoutPrinted(spec);
  const changed = merged(wantedBefore(live["Labels"]), { ...withMemory(bare) }, live);
  const networked = onNetworks(changed, spec.TaskTemplate.Networks);
  return printed === undefined ? networked : withLiveConfig(networked, printed);
}

/** A live spec on these networks, everything else as somebody set it. */
export function onNetworks(
  spec: LiveService["spec"],
  Networks: ServiceSpec["TaskTemplate"]["Networks"],
): LiveService["spec"] {
  const template = spec["TaskTemplate"];
  return { ...spec, TaskTemplate: { ...(typeof template === "object" ? template : {}), Networks } };
}

/** What was wanted when a service was last written, from its labels; `undefined` when somebody took the label away. */
export function wantedBefore(labels: unknown): { readonly [part: string]: unknown } | undefined {
  const text: unknown = typeof labels === "object" && labels !== null ? fieldsOf(labels)[ownershipLabels.wanted] : "";
  try {
    const read: unknown = JSON.parse(typeof text === "string" ? text : "");
    return typeof read === "object" && read !== null ? fieldsOf(read) : undefined;
  } catch {
    return undefined;
  }
}

function withMemory(spec: ServiceSpec): ServiceSpec {
  // Networks are not compared, they are decided.
  const wanted = canonicalJson(withNetworks(spec, []));
  return { ...spec, Labels: { ...spec.Labels, [ownershipLabels.wanted]: wanted } };
}

function withoutPrinted(spec: ServiceSpec): { readonly bare: ServiceSpec; readonly printed?: ConfigMount } {
  const { TaskTemplate } = spec;
  const { Configs = [], ...container } = TaskTemplate.ContainerSpec;
  const printed = Configs.find(isPrinted);
  const others = Configs.filter((one) => one !== printed);
  const ContainerSpec = { ...container, ...(others.length === 0 ? {} : { Configs: others }) };
  const bare = { ...spec, TaskTemplate: { ...TaskTemplate, ContainerSpec } };
  return { bare, ...(printed === undefined ? {} : { printed }) };
}

function fieldsOf(value: object): { readonly [field: string]: unknown } {
  return { ...value };
}
