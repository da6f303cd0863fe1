/**
 * The services core should own, from the operator's configuration and what each cluster needs. Pure.
 */
import type { DesiredCluster, SecretRef } from "../model/desired.ts";
import { byId } from "../model/order.ts";
import {
  configSpec,
  extensionSpec,
  proxySpec,
  type ProxyMounts,
  type ServiceConfig,
  type SpecContext,
} from "./spec.ts";
import type { WantedService } from "./step.ts";

/** What the services of one cluster must have. */
export interface Needs {
  /** Ids of the application networks. */
  readonly networks: readonly string[];
  /** The secrets of its certificates, once each, sorted by id. */
  readonly secrets: readonly SecretRef[];
  /**
   * What its proxies must have where they do not take everything from core's stream: on the classic road, and with an operator's template.
   * `awaited`: not known yet. Absent: on the classic road not known yet, else nothing.
   */
  readonly proxies?: (ProxyMounts & Pick<Needs, "networks">) | "awaited";
}

/** What a cluster's services must have, from what should be true for it. */
export function needsOf({ networks, certificates }: Pick<DesiredCluster, "networks" | "certificates">): Needs {
  const secrets = new Map(
    certificates.flatMap(({ certificate, key }) => [certificate, key]).map((one) => [one.id, one]),
  );
  return { networks, secrets: [...secrets.values()].toSorted(byId) };
}

/**
 * An extension and a proxy service for each `[Extensions.<name>]`, and a config service where there is a secret to hand over.
 *
 * Shape: `needs` by name of the TOML table; a table that is missing there needs nothing.
 */
export function wantedServices(
  extensions: readonly ServiceConfig[],
  needs: ReadonlyMap<string, Needs>,
  context: SpecContext,
): readonly WantedService[] {
  return extensions.flatMap((config): readonly WantedService[] => {
    const of = { extension: config.name, cluster: config.cluster };
    const need = needs.get(config.name) ?? { networks: [], secrets: [] };
    const { secrets } = need;
    const configService: readonly WantedService[] =
      secrets.length === 0 ? [] : [{ ...of, role: "config", spec: configSpec(config, secrets, context) }];
    return [
      { ...of, role: "extension", spec: extensionSpec(config, context) },
      { ...of, role: "proxy", ...proxyOf(config, need, context) },
      ...configService,
    ];
  });
}

function proxyOf(
  config: ServiceConfig,
  need: Needs,
  context: SpecContext,
): Pick<WantedService, "spec" | "printed" | "held"> {
  const { networks, proxies = config.hitless ? { networks } : "awaited" } = need;
  if (proxies === "awaited") return { spec: proxySpec(config, networks, context), held: true };
  const { printed } = proxies;
  const spec = proxySpec(config, proxies.networks, context, proxies);
  return printed === undefined ? { spec } : { spec, printed };
}
