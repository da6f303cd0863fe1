/**
 * What the services of one `[Extensions.<name>]` should be, in the engine's words. Pure.
 * Source: reference §2.2 for what the TOML says, design.md D1, D3, D14, D16 for the rest.
 */
import { hashOf } from "../model/bundle.ts";
import { usualDrainMs, type ExtensionConfig, type ProxyConfig, type RoleConfig } from "../model/config.ts";
import type { SecretRef } from "../model/desired.ts";
import { canonicalJson } from "./canonical.ts";
import type {
  ContainerSpec,
  PlacementSpec,
  PortSpec,
  SecretMount,
  ServiceSpec,
  TaskSpec,
  UpdatePolicy,
} from "./engine.ts";
import { certificateMount, secretMount, templateMount, tokenMount, type ConfigRef } from "./mounts.ts";
import { labelsOf, ownershipLabels, type Role } from "./ownership.ts";

/** The part of an extension's configuration that makes its services. What nginx is told never changes a service. */
export type ServiceConfig = Pick<
  ExtensionConfig,
  "name" | "cluster" | "extension" | "proxy" | "configService" | "hitless"
>;

/** What proxies that do not take everything from core's stream have mounted. A change of it is a change of the service. */
export interface ProxyMounts {
  /** The secrets of the cluster's certificates, as files of their names. */
  readonly secrets?: readonly SecretRef[];
  /** Name of the docker config they serve; it is mounted by the step that makes it (printed-configs.ts). */
  readonly printed?: string;
}

/** What core knows about itself when it describes its services. */
export interface SpecContext {
  /** Name of the core service. */
  readonly owner: string;
  /** Core's own image as its service has it, digest and all. */
  readonly coreImage: string;
  /** Absent when core is reached another way (`EndpointOverride`). */
  readonly controlNetworkId?: string;
  /** `host:port` at which extensions and proxies reach core, e.g. `tasks.ucp-interlock:8080`. */
  readonly coreEndpoint: string;
  /** The docker configs with operators' templates, by name of the TOML table. */
  readonly templates: ReadonlyMap<string, ConfigRef>;
  /** The tokens of the roles, by {@link tokenKey}; absent on a control network, where an address tells who calls. */
  readonly tokens?: ReadonlyMap<string, SecretRef>;
}

/** Names the token of one role of one `[Extensions.<name>]`. */
export function tokenKey(role: Role, extension: string): string {
  return `${role} ${extension}`;
}

const second = 1_000_000_000;
/**
 * How long Swarm waits before it starts a task again that ended. A proxy that ended is missed by clients at every moment, and a second is
 * a fifth of what they should miss it for; starting takes the engine some seconds anyhow, so one that ends at once is no busy loop.
 */
const restartDelayMs = { extension: 1_000, proxy: 100, config: 1_000 } as const satisfies Record<Role, number>;
/** Where a proxy keeps its last good configuration (proxy/README.md). */
const stateDirectory = "/var/lib/interlock";
/** The command of each role. */
const commands = { extension: "extension", proxy: "proxy", config: "config-service" } as const satisfies Record<
  Role,
  string
>;
/** Who runs all roles: the image's own user, without a capability. An engine since 20.10 lets it bind port 80 in a container (moby#41030). */
const user = "nginx";

/** The extension service: one task, no port, no mount, the control network only. */
export function extensionSpec(config: ServiceConfig, context: SpecContext): ServiceSpec {
  const role = config.extension;
  const template = context.templates.get(config.name);
  return named("extension", config, context, {
    container: template === undefined ? {} : { Configs: [templateMount(template)] },
    role,
    replicas: 1,
    order: "stop-first",
    updateDelayMs: 0,
    ports: [],
    // Nobody calls an extension: a virtual address would be wasted on it.
    endpointMode: "dnsrr",
  });
}

/**
 * The proxy service, on the control network and the given application networks.
 *
 * Shape: `networks` are ids, in any order. They are not part of the hash: they are compared with the service as it is (networks.ts).
 * `mounts` are part of it.
 * Why: stop-first in host mode, because the port is free only when the old task is gone; start-first behind the routing mesh loses nobody.
 */
export function proxySpec(
  config: ServiceConfig,
  networks: readonly string[],
  context: SpecContext,
  { secrets = [], printed }: ProxyMounts = {},
): ServiceSpec {
  const role = config.proxy;
  const spec = named("proxy", config, context, {
    container: {
      StopSignal: role.stopSignal,
      StopGracePeriod: nanoseconds(role.stopGracePeriodMs),
      Mounts: [
        {
          Type: "volume",
          // The cluster is part of the name: a service name that another cluster takes over must not find this one's last good.
          Source: ["interlock", role.serviceName, config.cluster].filter((part) => part !== "").join("-"),
          Target: stateDirectory,
          VolumeOptions: { Labels: { [ownershipLabels.owner]: context.owner } },
        },
      ],
      // A proxy is healthy only when it serves (D14). Until core has something for it, waiting is no reason to kill it.
      HealthCheck: { StartPeriod: 600 * second },
      ...(secrets.length === 0 ? {} : { Secrets: secrets.map(certificateMount) }),
    },
    role: { ...role, args: [...(config.hitless ? shownAt(role) : readFrom(role)), ...drainedFor(role), ...role.args] },
    ...(printed === undefined ? {} : { printed }),
    replicas: role.replicas,
    order: role.publishMode === "host" ? "stop-first" : "start-first",
    updateDelayMs: role.updateDelayMs,
    ports: portsOf(role),
    // The routing mesh needs a virtual address; host mode needs none, and one per application network is a waste.
    endpointMode: role.publishMode === "host" ? "dnsrr" : "vip",
  });
  return withNetworks(spec, [...networks, ...networksIn(spec)]);
}

/**
 * The config service: one task with the secrets of the cluster's certificates as files named by their ids, on the control network only,
 * where the proxies may be.
 *
 * Shape: the secrets are part of the hash, for they are what this service is for: another secret is another spec.
 * Why start-first: the old task has what is wanted until the new one has handed over everything.
 */
export function configSpec(config: ServiceConfig, secrets: readonly SecretRef[], context: SpecContext): ServiceSpec {
  const { constraints, placementPreferences } = config.proxy;
  const { image, name: serviceName } = config.configService;
  const none = { args: [], labels: {}, containerLabels: {} };
  return named("config", config, context, {
    container: { Secrets: secrets.map(secretMount) },
    role: { ...none, serviceName, constraints, placementPreferences, ...(image === undefined ? {} : { image }) },
    replicas: 1,
    order: "start-first",
    updateDelayMs: 0,
    ports: [],
    endpointMode: "dnsrr",
  });
}

/** The hash label of a spec; empty when it has none. */
export function specHash(spec: ServiceSpec): string {
  return spec.Labels[ownershipLabels.spec] ?? "";
}

/** The networks of a spec, by id. */
export function networksIn(spec: ServiceSpec): readonly string[] {
  return spec.TaskTemplate.Networks.map((network) => network.Target);
}

/** The same spec, same hash, on exactly these networks (sorted, once each). */
export function withNetworks(spec: ServiceSpec, networks: readonly string[]): ServiceSpec {
  const Networks = [...new Set(networks)].toSorted().map((Target) => ({ Target }));
  return { ...spec, TaskTemplate: { ...spec.TaskTemplate, Networks } };
}

/** The same spec without a published port, under a hash of its own: a step on the way, never where a service stays. */
export function withoutPorts(spec: ServiceSpec): ServiceSpec {
  return {
    ...spec,
    Labels: { ...spec.Labels, [ownershipLabels.spec]: hashOf(`${specHash(spec)} without ports`) },
    EndpointSpec: { ...spec.EndpointSpec, Ports: [] },
  };
}

/** What differs between the roles. */
interface RoleParts {
  readonly container: Pick<
    ContainerSpec,
    "StopSignal" | "StopGracePeriod" | "Mounts" | "Secrets" | "Configs" | "HealthCheck"
  >;
  readonly role: RoleConfig;
  readonly replicas: number;
  readonly order: UpdatePolicy["Order"];
  readonly updateDelayMs: number;
  readonly ports: readonly PortSpec[];
  readonly endpointMode: "vip" | "dnsrr";
  /** Name of a docker config that is not in the spec yet, and part of the hash. */
  readonly printed?: string;
}

function named(role: Role, config: ServiceConfig, context: SpecContext, parts: RoleParts): ServiceSpec {
  const owned = labelsOf(context.owner, role, config);
  const policy: UpdatePolicy = {
    Parallelism: 1,
    Delay: nanoseconds(parts.updateDelayMs),
    FailureAction: "rollback",
    Monitor: 5 * second,
    Order: parts.order,
  };
  const spec: ServiceSpec = {
    Name: parts.role.serviceName,
    Labels: { ...parts.role.labels, ...owned },
    TaskTemplate: taskOf(role, parts, owned, { ...context, token: context.tokens?.get(tokenKey(role, config.name)) }),
    Mode: { Replicated: { Replicas: parts.replicas } },
    UpdateConfig: policy,
    // A rollback that fails as well has nothing to go back to.
    RollbackConfig: { ...policy, Delay: 0, FailureAction: "pause" },
    EndpointSpec: { Mode: parts.endpointMode, Ports: parts.ports },
  };
  const hashed = parts.printed === undefined ? spec : { spec, printed: parts.printed };
  return { ...spec, Labels: { ...spec.Labels, [ownershipLabels.spec]: hashOf(canonicalJson(hashed)) } };
}

function taskOf(
  role: Role,
  parts: RoleParts,
  owned: ServiceSpec["Labels"],
  context: SpecContext & { readonly token: SecretRef | undefined },
): TaskSpec {
  return {
    ContainerSpec: {
      Image: parts.role.image ?? context.coreImage,
      // UCP 3.0.0 shipped Args = [""] (reference §2.2): an empty argument is none.
      Args: [commands[role], "--core", context.coreEndpoint, ...parts.role.args.filter((argument) => argument !== "")],
      Labels: { ...parts.role.containerLabels, ...owned },
      User: user,
      CapabilityDrop: ["ALL"],
      ...parts.container,
      ...(context.token === undefined ? {} : introducedBy(context.token, parts.container.Secrets ?? [])),
    },
    RestartPolicy: { Condition: "any", Delay: nanoseconds(restartDelayMs[role]) },
    Placement: placementOf(parts.role),
    Networks: context.controlNetworkId === undefined ? [] : [{ Target: context.controlNetworkId }],
  };
}

/** What a role shows core that cannot know it by its address: its token, and, for `status` only, its task and node. */
function introducedBy(token: SecretRef, secrets: readonly SecretMount[]): Pick<ContainerSpec, "Env" | "Secrets"> {
  return {
    Env: ["INTERLOCK_TASK={{.Task.ID}}", "INTERLOCK_NODE={{.Node.Hostname}}"],
    Secrets: [tokenMount(token), ...secrets],
  };
}

/** Source: `docker service create --placement-pref spread=node.labels.zone`. Any system but Linux is out, whatever the constraints (reference §7 row 17). */
function placementOf(role: RoleConfig): PlacementSpec {
  return {
    Constraints: role.constraints,
    Preferences: role.placementPreferences.map((preference) => ({
      Spread: { SpreadDescriptor: preference.replace(/^spread=/, "") },
    })),
    Platforms: [{ OS: "linux" }],
  };
}

function portsOf(proxy: ProxyConfig): readonly PortSpec[] {
  const pairs: readonly (readonly [number, number])[] = [
    [proxy.targetPort, proxy.publishedPort],
    [proxy.targetSslPort, proxy.publishedSslPort],
  ];
  // 0 publishes nothing; left to Swarm it would mean "any free port".
  return pairs
    .filter(([, published]) => published !== 0)
    .map(([TargetPort, PublishedPort]) => ({
      Protocol: "tcp",
      TargetPort,
      PublishedPort,
      PublishMode: proxy.publishMode,
    }));
}

/** The image has a link at the documented path already; only another one is the agent's to make. */
function shownAt({ configPath }: ProxyConfig): readonly string[] {
  return configPath === "/etc/nginx/nginx.conf" ? [] : ["--config-path", configPath];
}

/** On the classic road the agent reads what it serves where the docker config is mounted. */
function readFrom({ configPath }: ProxyConfig): readonly string[] {
  return ["--classic", "--config-path", configPath];
}

/** Only what the agent does not do anyway, so that an upgrade to the first version that says it changes no service. */
function drainedFor({ drainMs }: ProxyConfig): readonly string[] {
  return drainMs === usualDrainMs ? [] : ["--drain-ms", String(drainMs)];
}

function nanoseconds(ms: number): number {
  return Math.round(ms * 1_000_000);
}
