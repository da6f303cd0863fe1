/**
 * What an update will change, in words for the log. Pure.
 */
import type { SwarmService } from "../model/snapshot.ts";
import { canonicalJson } from "./canonical.ts";
import type { ServiceSpec } from "./engine.ts";
import { ownershipLabels } from "./ownership.ts";
import { wantedBefore } from "./write.ts";

/** The parts that have a name of their own, and where they are in a spec. */
const named: Readonly<Record<string, readonly string[]>> = {
  "its image": ["TaskTemplate", "ContainerSpec", "Image"],
  "its number of replicas": ["Mode"],
  "its published ports": ["EndpointSpec", "Ports"],
  "its labels": ["Labels"],
};

/**
 * A phrase such as `the configuration changes its image and its ports`; what is not told apart is `its settings`. `printed` is the docker
 * config it should serve.
 *
 * Shape: compared with what was wanted when it was last written, for what an operator changed since then stays; with the service itself where
 * that is not known.
 */
export function differencesOf(service: SwarmService, spec: ServiceSpec, printed?: string): string {
  const before = wantedBefore(service.labels) ?? partsOf(service);
  const found = Object.keys(named).filter((phrase) => partText(before, phrase) !== partText(spec, phrase));
  if (printed !== undefined && !service.configs.includes(printed)) found.push("what it serves");
  if (found.length > 0) return `the configuration changes ${found.join(" and ")}`;
  const isConfigService = spec.Labels[ownershipLabels.role] === "config";
  return isConfigService
    ? "the certificates of its cluster are in other secrets"
    : "the configuration changes its settings";
}

/** One part as text: equal texts are equal parts. */
function partText(spec: unknown, phrase: string): string {
  let part = spec;
  for (const name of named[phrase] ?? []) part = fieldsOf(part)[name];
  const { [ownershipLabels.spec]: _hash, [ownershipLabels.wanted]: _wanted, ...rest } = fieldsOf(part);
  return canonicalJson(typeof part === "object" && !Array.isArray(part) ? rest : part);
}

/** The named parts of a service as it is. */
function partsOf({ image, mode, ports, labels }: SwarmService): object {
  return {
    TaskTemplate: { ContainerSpec: { Image: image } },
    Mode: { Replicated: { Replicas: mode.kind === "replicated" ? mode.replicas : undefined } },
    EndpointSpec: {
      Ports: ports.map(({ protocol, target, published, mode: PublishMode }) => ({
        Protocol: protocol,
        TargetPort: target,
        PublishedPort: published,
        PublishMode,
      })),
    },
    Labels: labels,
  };
}

function fieldsOf(part: unknown): { readonly [name: string]: unknown } {
  return typeof part === "object" && part !== null ? { ...part } : {};
}
