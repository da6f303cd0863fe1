/**
 * Who am I? The Swarm task this process runs in.
 */
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { isInterlockError } from "../model/errors.ts";
import type { SwarmNetwork } from "../model/snapshot.ts";
import { bracketed } from "./address.ts";
import type { Docker } from "./client.ts";

/**
 * What a process knows of its own place. Everything is absent when it does not run in a Swarm task (on a developer's machine, in a plain container).
 */
export interface Self {
  readonly containerId?: string;
  readonly task?: SelfTask;
}

/** The Swarm task and the service it belongs to. */
export interface SelfTask {
  readonly taskId: string;
  readonly nodeId: string;
  readonly serviceId: string;
  readonly serviceName: string;
  /** As the service has it, digest and all. */
  readonly image: string;
  /** The service's overlay networks, in the order written. */
  readonly networks: readonly SwarmNetwork[];
  /** The one over which the roles speak: the one with the original's name, else the first; absent when the service has none. */
  readonly controlNetwork?: SwarmNetwork;
  /** TCP ports of the task's own container that are published on its node. */
  readonly hostPorts: readonly { readonly target: number; readonly published: number }[];
  /** Name of the docker config mounted as the configuration file. */
  readonly configName?: string;
}

/** Where the parts of a container that tell its id are. */
export interface SelfSources {
  readonly mountinfo: string;
  readonly cgroup: string;
  readonly hostname: string;
}

/** Name of the control network in the original. Source: reference §1.2. */
const controlNetworkName = "ucp-interlock";

/**
 * Finds the own task.
 *
 * Shape: `configPath` is where the configuration is mounted, `/config.toml` as the original has it; `sources` are this process's own unless given.
 * Fails: as {@link Docker}; a container or service the engine does not know is not an error: the answer is then empty.
 * Source: Engine API v1.41, GET /containers/{id}/json, label `com.docker.swarm.task.id` and its kin, set by the engine on every task's container.
 */
export async function findSelf(
  docker: Pick<Docker, "container" | "service" | "mountedConfigs" | "networks">,
  configPath: string,
  signal?: AbortSignal,
  sources?: SelfSources,
): Promise<Self> {
  for (const id of containerIds(sources ?? (await readSources()))) {
    const found = await selfFrom(docker, id, configPath, signal);
    if (found !== undefined) return found;
  }
  return {};
}

/**
 * Where the other roles reach core's `port`: by name on the control network, else at its node where the port is published there.
 *
 * Shape: `host:port`; `undefined` when neither is so. Source: reference §4.6 for the second.
 */
export function reachedAt(
  task: Pick<SelfTask, "serviceName" | "controlNetwork" | "hostPorts">,
  port: number,
  nodeAddress: string,
): string | undefined {
  // Not the service's name: its virtual address would hide who calls (record 0001).
  if (task.controlNetwork !== undefined) return `tasks.${task.serviceName}:${port}`;
  const published = task.hostPorts.find(({ target }) => target === port)?.published;
  if (published === undefined || nodeAddress === "") return undefined;
  return `${bracketed(nodeAddress)}:${published}`;
}

async function selfFrom(
  docker: Pick<Docker, "container" | "service" | "mountedConfigs" | "networks">,
  id: string,
  configPath: string,
  signal?: AbortSignal,
): Promise<Self | undefined> {
  try {
    const container = await docker.container(id, signal);
    const serviceId = container.labels["com.docker.swarm.service.id"];
    if (serviceId === undefined) return { containerId: container.id };
    const [service, configs, networks] = await Promise.all([
      docker.service(serviceId, signal),
      docker.mountedConfigs(serviceId, signal),
      docker.networks(signal),
    ]);
    const joined = service.networks.flatMap((id) => networks.filter((network) => network.id === id));
    const controlNetwork = joined.find((network) => network.name === controlNetworkName) ?? joined[0];
    const configName = configs.find((config) => config.path === configPath)?.name;
    return {
      containerId: container.id,
      task: {
        taskId: container.labels["com.docker.swarm.task.id"] ?? "",
        nodeId: container.labels["com.docker.swarm.node.id"] ?? "",
        serviceId,
        serviceName: service.name,
        image: service.image,
        networks: joined,
        hostPorts: container.hostPorts,
        ...(controlNetwork === undefined ? {} : { controlNetwork }),
        ...(configName === undefined ? {} : { configName }),
      },
    };
  } catch (error) {
    if (isInterlockError(error, "DOCKER_NOT_FOUND")) return undefined;
    throw error;
  }
}

/**
 * What may be the id of the own container, the surest first, without repetition.
 *
 * Why three: the cgroup tells it under cgroup v1 and a private mount under v2; a hostname is the short id unless somebody set another.
 */
export function containerIds(sources: SelfSources): readonly string[] {
  // The engine mounts /etc/hostname from <data root>/containers/<id>/hostname.
  const mounted = /\/containers\/([0-9a-f]{64})\/(?:hostname|hosts|resolv\.conf) /.exec(sources.mountinfo)?.[1];
  const grouped = /(?:\/|docker-)([0-9a-f]{64})(?:\.scope)?$/m.exec(sources.cgroup)?.[1];
  const named = /^[0-9a-f]{12}$/.exec(sources.hostname)?.[0];
  const all = [mounted, grouped, named].filter((id) => id !== undefined);
  return all.filter((id, i) => all.findIndex((other) => other.startsWith(id) || id.startsWith(other)) === i);
}

async function readSources(): Promise<SelfSources> {
  const [mountinfo, cgroup] = await Promise.all(
    ["/proc/self/mountinfo", "/proc/self/cgroup"].map(async (path) => await readFile(path, "utf8").catch(() => "")),
  );
  return { mountinfo: mountinfo ?? "", cgroup: cgroup ?? "", hostname: hostname() };
}
