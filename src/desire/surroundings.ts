/**
 * What the rules look things up in, built once per decision: no rule walks a whole list per service.
 */
import type { Config, ExtensionConfig } from "../model/config.ts";
import type { ServiceClusterName } from "../model/names.ts";
import type { Snapshot, SwarmNetwork, SwarmNode, SwarmObject } from "../model/snapshot.ts";
import { byText } from "../model/order.ts";
import { remembering } from "../model/remembering.ts";
import { type Groups, tasksByServiceOf } from "../model/tasks.ts";

/** The snapshot and the configuration, by the keys the rules ask for. What did not change since the last decision is the same object. */
export interface Surroundings extends Ground {
  /** The same object for as long as everything else in it but tasks and nodes is the same. */
  readonly ground: Ground;
  readonly tasksByService: Groups;
  readonly nodeById: ReadonlyMap<string, SwarmNode>;
}

/** What claims are met with: neither tasks nor nodes. */
export interface Ground {
  /** Sorted by name. */
  readonly extensions: readonly ExtensionConfig[];
  readonly extensionByCluster: ReadonlyMap<ServiceClusterName, ExtensionConfig>;
  /** Sorted by name. */
  readonly networks: readonly SwarmNetwork[];
  readonly networkById: ReadonlyMap<string, SwarmNetwork>;
  readonly networkByName: ReadonlyMap<string, SwarmNetwork>;
  /** Its keys are sorted. */
  readonly secretByName: ReadonlyMap<string, SwarmObject>;
}

/** Builds the lookups. */
export function surroundingsOf(snapshot: Snapshot, config: Config): Surroundings {
  const ground = groundOf(config, snapshot.networks, snapshot.secrets);
  return { ...ground, ground, tasksByService: tasksByServiceOf(snapshot.tasks), nodeById: nodeByIdOf(snapshot.nodes) };
}

/** Of two extensions for one cluster, which the configuration refuses, the first by name counts. */
const groundOf = remembering(
  (config: Config, allNetworks: readonly SwarmNetwork[], allSecrets: readonly SwarmObject[]): Ground => {
    const extensions = config.extensions.toSorted((a, b) => byText(a.name, b.name));
    const networks = allNetworks.toSorted((a, b) => byText(a.name, b.name) || byText(a.id, b.id));
    const secrets = allSecrets.toSorted((a, b) => byText(a.name, b.name) || byText(a.id, b.id));
    return {
      extensions,
      extensionByCluster: new Map(extensions.toReversed().map((extension) => [extension.cluster, extension])),
      networks,
      networkById: new Map(networks.map((network) => [network.id, network])),
      networkByName: new Map(networks.toReversed().map((network) => [network.name, network])),
      secretByName: new Map(secrets.map((secret) => [secret.name, secret])),
    };
  },
);

const nodeByIdOf = remembering(
  (nodes: readonly SwarmNode[]): ReadonlyMap<string, SwarmNode> => new Map(nodes.map((node) => [node.id, node])),
);
