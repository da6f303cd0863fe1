/**
 * The services core should own, from the operator's configuration and the networks each cluster needs. Pure.
 */
import { extensionSpec, proxySpec, type ServiceConfig, type SpecContext } from "./spec.ts";
import type { WantedService } from "./step.ts";

/**
 * Two services for each `[Extensions.<name>]`.
 *
 * Shape: `networks` are the application networks (ids) by name of the TOML table; a table that is missing there needs none.
 */
export function wantedServices(
  extensions: readonly ServiceConfig[],
  networks: ReadonlyMap<string, readonly string[]>,
  context: SpecContext,
): readonly WantedService[] {
  return extensions.flatMap((config): readonly WantedService[] => {
    const of = { extension: config.name, cluster: config.cluster };
    return [
      { ...of, role: "extension", spec: extensionSpec(config, context) },
      { ...of, role: "proxy", spec: proxySpec(config, networks.get(config.name) ?? [], context) },
    ];
  });
}
