/**
 * Reads a story, and tells what was decided so that anybody can read it.
 */
import {
  configOf,
  extensionOf,
  networkOf,
  serviceOf,
  snapshotOf,
  taskOf,
} from "../../../src/desire/fixtures.ts";
import { type Desired, desire } from "../../../src/desire/desire.ts";
import type { Config } from "../../../src/model/config.ts";
import type { Problem } from "../../../src/model/problem.ts";
import type { Labels, Snapshot, SwarmNetwork, SwarmService, SwarmTask } from "../../../src/model/snapshot.ts";

/** The content of a `story.json`. */
export interface Story {
  readonly story: string;
  readonly clusters: readonly (string | StoryCluster)[];
  readonly networks: readonly (string | StoryNetwork)[];
  readonly before?: readonly StoryService[];
  readonly services: readonly StoryService[];
}

interface StoryCluster {
  readonly name: string;
  readonly Networks?: readonly string[];
  readonly Port?: number;
}

interface StoryNetwork {
  readonly name: string;
  readonly stack?: string;
  readonly ingress?: boolean;
}

interface StoryService {
  readonly name: string;
  readonly networks: readonly string[];
  readonly labels: Labels;
  readonly stack?: string;
  readonly vip?: string;
  readonly tasks?: readonly (string | StoryTask)[];
}

interface StoryTask {
  readonly address: string;
  readonly network?: string;
  readonly state?: string;
  readonly desired?: string;
}

/** Decides a story, the look before it first where there is one. */
export function decide(story: Story): Desired {
  const config = configIn(story);
  const before = story.before === undefined ? undefined : desire(snapshotIn(story, story.before), config, new Map());
  return desire(snapshotIn(story, story.services), config, before?.lastGood ?? new Map());
}

function configIn(story: Story): Config {
  const clusters = story.clusters.map((each) => (typeof each === "string" ? { name: each } : each));
  return configOf(
    ...clusters.map((each: StoryCluster) => {
      const plain = extensionOf(each.name);
      return {
        ...plain,
        ...(each.Networks === undefined ? {} : { networks: each.Networks }),
        settings: { ...plain.settings, ...(each.Port === undefined ? {} : { port: each.Port }) },
      };
    }),
  );
}

function snapshotIn(story: Story, services: readonly StoryService[]): Snapshot {
  return snapshotOf({
    networks: story.networks.map(networkIn),
    services: services.map(serviceIn),
    tasks: services.flatMap(tasksIn),
  });
}

function networkIn(network: string | StoryNetwork): SwarmNetwork {
  if (typeof network === "string") return networkOf(network);
  return networkOf(network.name, { labels: stackLabels(network.stack), ingress: network.ingress ?? false });
}

function serviceIn(service: StoryService, index: number): SwarmService {
  return serviceOf(
    service.name,
    { ...service.labels, ...stackLabels(service.stack) },
    {
      createdAt: `2026-01-01T00:00:${String(index).padStart(2, "0")}Z`,
      networks: service.networks.map((name) => `net-${name}`),
      vips: service.vip === undefined ? [] : [{ networkId: `net-${service.networks[0] ?? ""}`, address: service.vip }],
    },
  );
}

function tasksIn(service: StoryService): readonly SwarmTask[] {
  return (service.tasks ?? []).map((each) => {
    const task: StoryTask = typeof each === "string" ? { address: each } : each;
    return taskOf(service.name, task.network ?? service.networks[0] ?? "", task.address, {
      state: task.state ?? "running",
      desiredState: task.desired ?? "running",
    });
  });
}

function stackLabels(stack: string | undefined): Labels {
  return stack === undefined ? {} : { "com.docker.stack.namespace": stack };
}

/** What was decided, as text. */
export function told(story: Story, desired: Desired): string {
  const clusters = desired.clusters.map((cluster) => {
    const { structure, endpoints, networks } = cluster;
    return [
      `service cluster ${cluster.name === "" ? "without a name" : cluster.name} (ports ${structure.httpPort} and ${structure.httpsPort})`,
      ...section("routes", structure.routes.map((route) => `${route.host}${route.path} -> ${route.upstream}`)),
      ...section(
        "upstreams",
        [...endpoints].map(([upstream, list]) => {
          const addresses = list.map(({ address, port }) => `${address.includes(":") ? `[${address}]` : address}:${port}`);
          return `${upstream}: ${addresses.join(", ") || "nobody"}`;
        }),
      ),
      ...section("networks", networks.map((id) => id.replace(/^net-/, ""))),
    ].join("\n");
  });
  const problems = desired.problems.length === 0 ? "no problems" : ["problems", ...desired.problems.map(problemText)].join("\n");
  return `${[story.story, ...clusters, problems].join("\n\n")}\n`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [`  no ${title}`] : [`  ${title}`, ...lines.map((line) => `    ${line}`)];
}

function problemText(problem: Problem): string {
  return [
    `  ${problem.severity} ${problem.code}: service ${problem.service}, label ${problem.label}`,
    `    ${problem.sentence}`,
    `    remedy: ${problem.remedy}`,
    ...(problem.keepsPrevious ? ["    its previous version keeps being served"] : []),
  ].join("\n");
}
