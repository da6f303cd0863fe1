/**
 * The docker configs that hold what a cluster's proxies serve: their names, how large they may be, which are not needed any more. Pure.
 * Source: reference §1.2 (`com.docker.interlock.proxy.<ID>`, the first config of the proxy service), record 0010.
 */
import { hashOf } from "../model/bundle.ts";
import type { Snapshot, SwarmObject } from "../model/snapshot.ts";
import type { ConfigMount, ConfigSpec, LiveService, ServiceSpec } from "./engine.ts";
import { labelsOf, ownershipLabels, ownershipOf } from "./ownership.ts";

/** How the names of these docker configs begin. */
const prefix = "com.docker.interlock.proxy.";

/** How many of a cluster are kept, mounted or not: `docker service rollback` needs the one before. */
const kept = 2;

/** The docker config for a text. Shape: another text, another cluster or another core is another name; `madeAt` tells old from new. */
export function printedConfig(
  owner: string,
  extension: { readonly name: string; readonly cluster: string },
  text: string,
  madeAt: Date,
): ConfigSpec {
  return {
    name: printedName(owner, extension.name, text),
    labels: { ...labelsOf(owner, "proxy", extension), [ownershipLabels.made]: madeAt.toISOString() },
    content: text,
  };
}

/** What the docker config for a text is called. */
export function printedName(owner: string, extension: string, text: string): string {
  return `${prefix}${hashOf(JSON.stringify([owner, extension, text]))}`;
}

/**
 * How many bytes a docker config may have.
 *
 * Source: swarmkit manager/controlapi/config.go: 500 KB; 1000 KB since the engine that speaks API 1.45.
 */
export function mostConfigBytes(apiVersion: string): number {
  const [major = 0, minor = 0] = apiVersion.split(".").map(Number);
  return major > 1 || minor >= 45 ? 1_000_000 : 500_000;
}

/** Those one core made. */
export function printedBy(owner: string, configs: readonly SwarmObject[]): readonly SwarmObject[] {
  return configs.filter((one) => one.name.startsWith(prefix) && ownershipOf(one)?.owner === owner);
}

/** The newest that one core made for the cluster of an extension. */
export function newestPrinted(
  owner: string,
  { name, cluster }: { readonly name: string; readonly cluster: string },
  configs: readonly SwarmObject[],
): SwarmObject | undefined {
  const own = printedBy(owner, configs).filter((one) => {
    const ownership = ownershipOf(one);
    return ownership?.extension === name && ownership.cluster === cluster;
  });
  return own.toSorted(newestFirst)[0];
}

/** Those one core made that no service mounts, all but the newest of each `[Extensions.<name>]` that there still is. */
export function superfluous(
  { configs, services }: Pick<Snapshot, "configs" | "services">,
  owner: string,
  extensions: ReadonlySet<string>,
): readonly SwarmObject[] {
  const mounted = new Set(services.flatMap((service) => service.configs));
  const byExtension = Map.groupBy(printedBy(owner, configs), (one) => ownershipOf(one)?.extension ?? "");
  return [...byExtension].flatMap(([extension, list]) =>
    list
      .toSorted(newestFirst)
      .slice(extensions.has(extension) ? kept : 0)
      .filter(({ name }) => !mounted.has(name)),
  );
}

/** True for a docker config of ours with what proxies serve. */
export function isPrinted(mount: ConfigMount): boolean {
  return mount.ConfigName.startsWith(prefix);
}

/** The spec with a docker config as its first; the hash stays. */
export function withConfig(spec: ServiceSpec, config: ConfigMount): ServiceSpec {
  const { TaskTemplate } = spec;
  const { ContainerSpec } = TaskTemplate;
  const Configs = [config, ...(ContainerSpec.Configs ?? [])];
  return { ...spec, TaskTemplate: { ...TaskTemplate, ContainerSpec: { ...ContainerSpec, Configs } } };
}

/** The same for a live spec: ours takes the place of the one that is there, what an operator mounted stays behind it. */
export function withLiveConfig(spec: LiveService["spec"], config: ConfigMount): LiveService["spec"] {
  const template = fieldsOf(spec["TaskTemplate"]);
  const container = fieldsOf(template["ContainerSpec"]);
  const configs: readonly unknown[] = Array.isArray(container["Configs"]) ? container["Configs"] : [];
  const others = configs.filter((one) => !String(fieldsOf(one)["ConfigName"]).startsWith(prefix));
  return {
    ...spec,
    TaskTemplate: { ...template, ContainerSpec: { ...container, Configs: [config, ...others] } },
  };
}

/** RFC 3339 in UTC sorts as text. */
function newestFirst(a: SwarmObject, b: SwarmObject): number {
  const [one, other] = [a, b].map(({ labels }) => labels[ownershipLabels.made] ?? "");
  return (one ?? "") > (other ?? "") ? -1 : 1;
}

function fieldsOf(value: unknown): { readonly [field: string]: unknown } {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
