/**
 * Reads a story, and decides it.
 */
import {
  configOf,
  extensionOf,
  networkOf,
  nodeOf,
  secretOf,
  serviceOf,
  snapshotOf,
  taskOf,
} from "../../../src/desire/fixtures.ts";
import { type Desired, desire } from "../../../src/desire/desire.ts";
import type { Config, ExtensionConfig } from "../../../src/model/config.ts";
import type { Labels, Snapshot, SwarmNetwork, SwarmService, SwarmTask } from "../../../src/model/snapshot.ts";

/** The content of a `story.json`. */
export interface Story {
  readonly story: string;
  readonly clusters: readonly (string | StoryCluster)[];
  readonly networks: readonly (string | StoryNetwork)[];
  readonly nodes?: readonly StoryNode[];
  readonly secrets?: readonly string[];
  readonly before?: readonly StoryService[];
  readonly services: readonly StoryService[];
}

interface StoryCluster {
  readonly name: string;
  readonly Networks?: readonly string[];
  readonly Template?: string;
  readonly Port?: number;
  readonly IPHash?: boolean;
}

interface StoryNetwork {
  readonly name: string;
  readonly stack?: string;
  readonly ingress?: boolean;
  readonly labels?: Labels;
}

interface StoryNode {
  readonly name: string;
  readonly address: string;
  readonly state?: string;
}

interface StoryService {
  readonly name: string;
  readonly networks?: readonly string[];
  readonly labels: Labels;
  readonly stack?: string;
  readonly vip?: string;
  /** As after `--publish`: `mode=host,target=8080`. */
  readonly publish?: readonly string[];
  readonly tasks?: readonly (string | StoryTask)[];
}

interface StoryTask {
  readonly address?: string;
  readonly network?: string;
  readonly state?: string;
  readonly desired?: string;
  readonly node?: string;
  /** Port inside the container → port on the node. */
  readonly published?: Readonly<Record<string, number>>;
}

/** Decides a story, the look before it first where there is one. */
export function decide(story: Story): Desired {
  const config = configIn(story);
  const before = story.before === undefined ? undefined : desire(snapshotIn(story, story.before), config, new Map());
  return desire(snapshotIn(story, story.services), config, before?.lastGood ?? new Map());
}

function configIn(story: Story): Config {
  return configOf(...story.clusters.map((each) => clusterIn(typeof each === "string" ? { name: each } : each)));
}

function clusterIn({ name, Networks, Template, Port, IPHash }: StoryCluster): ExtensionConfig {
  const plain = extensionOf(name);
  return {
    ...plain,
    ...(Networks === undefined ? {} : { networks: Networks }),
    ...(Template === undefined ? {} : { template: Template }),
    settings: {
      ...plain.settings,
      ...(Port === undefined ? {} : { port: Port }),
      ...(IPHash === undefined ? {} : { ipHash: IPHash }),
    },
  };
}

function snapshotIn(story: Story, services: readonly StoryService[]): Snapshot {
  return snapshotOf({
    networks: story.networks.map(networkIn),
    nodes: (story.nodes ?? []).map(({ name, address, state }) => nodeOf(name, address, { state: state ?? "ready" })),
    secrets: (story.secrets ?? []).map(secretOf),
    services: services.map(serviceIn),
    tasks: services.flatMap(tasksIn),
  });
}

function networkIn(network: string | StoryNetwork): SwarmNetwork {
  if (typeof network === "string") return networkOf(network);
  const { name, stack, ingress, labels } = network;
  return networkOf(name, { labels: { ...labels, ...stackLabels(stack) }, ingress: ingress ?? false });
}

function serviceIn(service: StoryService, index: number): SwarmService {
  const networks = (service.networks ?? []).map((name) => `net-${name}`);
  return serviceOf(
    service.name,
    { ...service.labels, ...stackLabels(service.stack) },
    {
      createdAt: `2026-01-01T00:00:${String(index).padStart(2, "0")}Z`,
      networks,
      vips: service.vip === undefined ? [] : [{ networkId: networks[0] ?? "", address: service.vip }],
      ports: (service.publish ?? []).map(portIn),
    },
  );
}

function portIn(text: string): SwarmService["ports"][number] {
  const fields = new Map(text.split(",").map((field): [string, string] => [field.split("=")[0] ?? "", field.split("=")[1] ?? ""]));
  return {
    target: Number(fields.get("target")),
    protocol: fields.get("protocol") ?? "tcp",
    mode: fields.get("mode") === "host" ? "host" : "ingress",
  };
}

function tasksIn(service: StoryService): readonly SwarmTask[] {
  return (service.tasks ?? []).map((each, index) => {
    const task: StoryTask = typeof each === "string" ? { address: each } : each;
    const network = task.network ?? service.networks?.[0] ?? "";
    return taskOf(service.name, network, task.address ?? "", {
      id: `task-${service.name}-${index}`,
      ...(task.node === undefined ? {} : { nodeId: `node-${task.node}` }),
      state: task.state ?? "running",
      desiredState: task.desired ?? "running",
      hostPorts: Object.entries(task.published ?? {}).map(([port, published]) => {
        const [target, protocol] = port.split("/");
        return { target: Number(target), published, protocol: protocol ?? "tcp" };
      }),
    });
  });
}

function stackLabels(stack: string | undefined): Labels {
  return stack === undefined ? {} : { "com.docker.stack.namespace": stack };
}
