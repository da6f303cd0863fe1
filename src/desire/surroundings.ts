/**
 * What the rules look things up in, built once per decision: no rule walks a whole list per service.
 */
import type { Config, ExtensionConfig } from "../model/config.ts";
import type { ServiceClusterName } from "../model/names.ts";
import type { Snapshot, SwarmNetwork, SwarmNode, SwarmObject, SwarmTask } from "../model/snapshot.ts";
import { byText } from "./order.ts";

/** The snapshot and the configuration, by the keys the rules ask for. */
export interface Surroundings {
  /** Sorted by name. */
  readonly extensions: readonly ExtensionConfig[];
  readonly extensionByCluster: ReadonlyMap<ServiceClusterName, ExtensionConfig>;
  /** Sorted by name. */
  readonly networks: readonly SwarmNetwork[];
  readonly networkById: ReadonlyMap<string, SwarmNetwork>;
  readonly networkByName: ReadonlyMap<string, SwarmNetwork>;
  readonly tasksByService: ReadonlyMap<string, readonly SwarmTask[]>;
  readonly nodeById: ReadonlyMap<string, SwarmNode>;
  /** Its keys are sorted. */
  readonly secretByName: ReadonlyMap<string, SwarmObject>;
}

/** Builds the lookups. Of two extensions for one cluster, which the configuration refuses, the first by name counts. */
export function surroundingsOf(snapshot: Snapshot, config: Config): Surroundings {
  const extensions = config.extensions.toSorted((a, b) => byText(a.name, b.name));
  const networks = snapshot.networks.toSorted((a, b) => byText(a.name, b.name) || byText(a.id, b.id));
  const secrets = snapshot.secrets.toSorted((a, b) => byText(a.name, b.name) || byText(a.id, b.id));
  return {
    extensions,
    extensionByCluster: new Map(extensions.toReversed().map((extension) => [extension.cluster, extension])),
    networks,
    networkById: new Map(networks.map((network) => [network.id, network])),
    networkByName: new Map(networks.toReversed().map((network) => [network.name, network])),
    tasksByService: Map.groupBy(snapshot.tasks, (task) => task.serviceId),
    nodeById: new Map(snapshot.nodes.map((node) => [node.id, node])),
    secretByName: new Map(secrets.map((secret) => [secret.name, secret])),
  };
}
