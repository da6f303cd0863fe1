/**
 * Configurations, snapshots and a Swarm of a few rules, for tests. Nothing else imports this.
 */
import { InterlockError } from "../model/errors.ts";
import { parseServiceClusterName, unnamedCluster } from "../model/names.ts";
import type { ProxyConfig, RoleConfig } from "../model/config.ts";
import type { Snapshot, SwarmNetwork, SwarmService, SwarmTask } from "../model/snapshot.ts";
import type { ServiceSpec } from "./engine.ts";
import { portsOfService, portsOfSpec, refusedPort } from "./ports.ts";
import { networksIn, specHash, type ServiceConfig, type SpecContext } from "./spec.ts";
import type { Memory, Step } from "./step.ts";

/** The core of every test. */
export const context: SpecContext = {
  owner: "ucp-interlock",
  coreImage: "interlock@sha256:0123",
  controlNetworkId: "net-control",
  coreEndpoint: "tasks.ucp-interlock:8080",
  templates: new Map(),
};

/** `[Extensions.<name>]` for the cluster of that name, with the names of the article. */
export function configOf(
  name: string,
  proxy: Partial<ProxyConfig> = {},
  extension: Partial<RoleConfig> = {},
): ServiceConfig {
  const role = { args: [], labels: {}, containerLabels: {}, constraints: [], placementPreferences: [] };
  return {
    name,
    cluster: parseServiceClusterName(name) ?? unnamedCluster,
    extension: { ...role, serviceName: `ucp-interlock-extension-${name}`, ...extension },
    configService: { name: `ucp-interlock-config-${name}` },
    hitless: true,
    proxy: {
      ...role,
      serviceName: `ucp-interlock-proxy-${name}`,
      replicas: 2,
      stopSignal: "SIGQUIT",
      stopGracePeriodMs: 5_000,
      drainMs: 2_000,
      updateDelayMs: 0,
      publishMode: "host",
      publishedPort: 8080,
      targetPort: 80,
      publishedSslPort: 8443,
      targetSslPort: 443,
      configPath: "/etc/nginx/nginx.conf",
      ...proxy,
    },
  };
}

/** An overlay network, its id derived from its name. */
export function networkOf(name: string, stack?: string): SwarmNetwork {
  const labels = stack === undefined ? {} : { "com.docker.stack.namespace": stack };
  return { id: `net-${name}`, name, labels, ingress: false, attachable: false };
}

/** A service of somebody else, its id derived from its name. */
export function serviceOf(name: string, parts: Partial<SwarmService> = {}): SwarmService {
  return {
    id: `svc-${name}`,
    name,
    createdAt: "2026-01-01T00:00:00Z",
    version: 1,
    labels: {},
    image: "demo",
    mode: { kind: "replicated", replicas: 1 },
    networks: [],
    ports: [],
    vips: [],
    configs: [],
    ...parts,
  };
}

/** A snapshot with the control network and what is given. */
export function snapshotOf(
  services: readonly SwarmService[],
  networks: readonly SwarmNetwork[] = [],
  tasks: readonly SwarmTask[] = [],
): Snapshot {
  return { services, tasks, networks: [networkOf("control"), ...networks], nodes: [], configs: [], secrets: [] };
}

/** The service a spec becomes. */
export function madeFrom(spec: ServiceSpec, parts: Partial<SwarmService> = {}): SwarmService {
  return serviceOf(spec.Name, {
    labels: spec.Labels,
    image: spec.TaskTemplate.ContainerSpec.Image,
    mode: { kind: "replicated", replicas: spec.Mode.Replicated.Replicas },
    networks: networksIn(spec),
    ports: spec.EndpointSpec.Ports.map((port) => ({
      target: port.TargetPort,
      published: port.PublishedPort,
      protocol: port.Protocol,
      mode: port.PublishMode,
    })),
    ...parts,
  });
}

/** One running task of a service. */
export function taskOf(service: SwarmService, parts: Partial<SwarmTask> = {}): SwarmTask {
  return {
    id: `task-${service.name}`,
    serviceId: service.id,
    state: "running",
    desiredState: "running",
    addresses: [],
    hostPorts: [],
    ...parts,
  };
}

/**
 * What a Swarm does with a step: names and mesh ports are unique, versions must fit, networks must exist, every service runs at once.
 * Fails: DOCKER_REFUSED, as an engine.
 */
export function stepped(snapshot: Snapshot, step: Step): Snapshot {
  const others = snapshot.services.filter((service) => service.name !== step.name);
  const before = snapshot.services.find((service) => service.name === step.name);
  if (step.kind === "removeService") return withServices(snapshot, others);
  if ((step.kind === "createService") !== (before === undefined))
    throw new InterlockError("DOCKER_REFUSED", `name: ${step.name}`);
  if (step.kind !== "createService" && step.version !== before?.version)
    throw new InterlockError("DOCKER_REFUSED", "out of sequence");

  const networks = step.kind === "setNetworks" ? step.networks : networksIn(step.spec);
  const missing = networks.find((id) => !snapshot.networks.some((network) => network.id === id));
  if (missing !== undefined) throw new InterlockError("DOCKER_REFUSED", `network ${missing} not found`);

  const version = (before?.version ?? 0) + 1;
  if (step.kind === "setNetworks") {
    return before === undefined ? snapshot : withServices(snapshot, [...others, { ...before, networks, version }]);
  }
  const port = refusedPort(portsOfSpec(step.spec), others.flatMap(portsOfService));
  if (port !== undefined) throw new InterlockError("DOCKER_REFUSED", `port '${port}' is already in use`);
  return withServices(snapshot, [...others, madeFrom(step.spec, { version })]);
}

/** What core remembers after these steps. */
export function rememberedAfter(memory: Memory, steps: readonly Step[]): Memory {
  const attempted = new Map(memory.attempted);
  for (const step of steps) {
    if (step.kind === "updateService") attempted.set(step.name, { version: step.version, spec: specHash(step.spec) });
    else if (step.kind === "setNetworks")
      attempted.set(step.name, { ...attempted.get(step.name), version: step.version, networks: step.networks.join() });
    else attempted.delete(step.name);
  }
  return { attempted, refused: new Map() };
}

function withServices(snapshot: Snapshot, services: readonly SwarmService[]): Snapshot {
  return { ...snapshot, services, tasks: services.map((service) => taskOf(service)) };
}
