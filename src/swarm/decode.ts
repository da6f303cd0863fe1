/**
 * Docker's words into ours.
 *
 * Fails: every function here, DOCKER_MALFORMED, naming the field, when the payload is not what the API promises.
 */
import { z } from "zod";
import type {
  Labels,
  NetworkAddress,
  PublishedPort,
  SwarmNetwork,
  SwarmNode,
  SwarmObject,
  SwarmService,
  SwarmTask,
} from "../model/snapshot.ts";
import { byId } from "../model/order.ts";
import { malformed } from "./failures.ts";
import { oneCopy } from "./texts.ts";
import * as wire from "./wire.ts";

/** The versions an engine speaks. */
export interface EngineVersions {
  readonly engine: string;
  readonly newest: string;
  readonly oldest: string;
}

/** The versions of `GET /version`. */
export function decodeVersions(payload: unknown): EngineVersions {
  const { Version, ApiVersion, MinAPIVersion } = read(wire.wireVersion, payload, "version");
  return { engine: Version, newest: ApiVersion, oldest: MinAPIVersion || "1.12" };
}

/** `GET /services`, sorted by id. */
export function decodeServices(payload: unknown): readonly SwarmService[] {
  return read(z.array(wire.wireService), payload, "services").map(serviceOf).toSorted(byId);
}

/** `GET /services/{id}`. */
export function decodeService(payload: unknown): SwarmService {
  return serviceOf(read(wire.wireService, payload, "service"));
}

/** `GET /tasks`, sorted by id; tasks of no service (attached containers) are left out. */
export function decodeTasks(payload: unknown): readonly SwarmTask[] {
  return read(z.array(wire.wireTask), payload, "tasks").flatMap(taskOf).toSorted(byId);
}

/** `GET /networks`, sorted by id. */
export function decodeNetworks(payload: unknown): readonly SwarmNetwork[] {
  return read(z.array(wire.wireNetwork), payload, "networks")
    .map((network) => ({
      id: network.Id,
      name: network.Name,
      labels: labelsOf(network.Labels),
      ingress: network.Ingress ?? false,
      attachable: network.Attachable ?? false,
    }))
    .toSorted(byId);
}

/** `GET /nodes`, sorted by id. */
export function decodeNodes(payload: unknown): readonly SwarmNode[] {
  return read(z.array(wire.wireNode), payload, "nodes").map(nodeOf).toSorted(byId);
}

/** `GET /configs` or `GET /secrets`, sorted by id; never their content. */
export function decodeObjects(payload: unknown): readonly SwarmObject[] {
  return read(z.array(wire.wireObject), payload, "objects").map(objectOf).toSorted(byId);
}

/** `GET /configs/{id}` with its content. */
export function decodeConfig(payload: unknown): SwarmObject & { readonly content: string } {
  const object = read(wire.wireObject, payload, "config");
  return { ...objectOf(object), content: Buffer.from(object.Spec.Data ?? "", "base64").toString("utf8") };
}

/** Where this engine stands in the Swarm. */
export interface SwarmRole {
  /** Empty when the engine is in no Swarm. */
  readonly nodeId: string;
  /** The address this node is known by; empty when the engine is in no Swarm. */
  readonly nodeAddress: string;
  readonly hostname: string;
  /** `active`, `inactive`, `pending`, `locked`, `error`. */
  readonly state: string;
  /** True when the engine answers for the whole Swarm. */
  readonly isManager: boolean;
}

/** `GET /info`. */
export function decodeInfo(payload: unknown): SwarmRole {
  const { Name, Swarm } = read(wire.wireInfo, payload, "info");
  return {
    nodeId: Swarm.NodeID ?? "",
    nodeAddress: Swarm.NodeAddr ?? "",
    hostname: Name ?? "",
    state: Swarm.LocalNodeState ?? "inactive",
    isManager: Swarm.ControlAvailable ?? false,
  };
}

/** A container, as far as we ask about one. */
export interface EngineContainer {
  readonly id: string;
  readonly labels: Labels;
  readonly image: string;
  /** TCP ports published on the container's own node. */
  readonly hostPorts: readonly { readonly target: number; readonly published: number }[];
}

/** `GET /containers/{id}/json`. */
export function decodeContainer(payload: unknown): EngineContainer {
  const { Id, Config, NetworkSettings } = read(wire.wireContainer, payload, "container");
  const hostPorts = Object.entries(NetworkSettings?.Ports ?? {}).flatMap(([name, bindings]) => {
    const target = /^(\d+)\/tcp$/.exec(name)?.[1];
    const published = bindings?.[0]?.HostPort;
    return target && published ? [{ target: Number(target), published: Number(published) }] : [];
  });
  return { id: Id, labels: labelsOf(Config.Labels), image: Config.Image ?? "", hostPorts };
}

/** `POST /containers/{id}/wait`: the exit code. */
export function decodeExitCode(payload: unknown): number {
  return read(wire.wireWait, payload, "wait").StatusCode;
}

/** A service with its whole spec as anybody wrote it. */
export interface LiveService {
  readonly id: string;
  readonly version: number;
  /** `Spec` of `GET /services/{id}`, unchanged. */
  readonly spec: Readonly<Record<string, unknown>>;
}

/** `GET /services/{id}`, with the spec untouched. */
export function decodeLiveService(payload: unknown): LiveService {
  const { ID, Version, Spec } = read(wire.wireLiveService, payload, "service");
  return { id: ID, version: Version.Index, spec: Spec };
}

/** One config mounted into a service's tasks. */
export interface MountedConfig {
  readonly name: string;
  readonly path: string;
}

/** `GET /services/{id}`: its configs and where they are mounted. */
export function decodeMountedConfigs(payload: unknown): readonly MountedConfig[] {
  const service = read(wire.wireService, payload, "service");
  return (service.Spec.TaskTemplate.ContainerSpec?.Configs ?? []).map((config) => ({
    name: config.ConfigName ?? "",
    path: config.File?.Name ?? "",
  }));
}

/** The id in an answer to a create call. */
export function decodeId(payload: unknown): string {
  const answer = read(wire.wireId, payload, "id");
  return "ID" in answer ? answer.ID : answer.Id;
}

/** `GET /distribution/{name}/json`: the digest, `sha256:…`. */
export function decodeDigest(payload: unknown): string {
  return read(wire.wireDistribution, payload, "distribution").Descriptor.digest;
}

/** Something in the Swarm changed. */
export interface EngineEvent {
  readonly type: "service" | "node" | "network" | "secret" | "config";
  readonly action: "create" | "update" | "remove";
  readonly id: string;
  readonly name: string;
  /** When, as `since` takes it: seconds with nine decimals. */
  readonly at: string;
}

const eventTypes: ReadonlySet<string | null | undefined> = new Set(["service", "node", "network", "secret", "config"]);
const eventActions: ReadonlySet<string | null | undefined> = new Set(["create", "update", "remove"]);

/** One line of `GET /events`; `undefined` for an event that is none of ours. */
export function decodeEvent(payload: unknown): EngineEvent | undefined {
  const { Type, Action, Actor, timeNano } = read(wire.wireEvent, payload, "event");
  if (!eventTypes.has(Type) || !eventActions.has(Action)) return undefined;
  return {
    type: Type as EngineEvent["type"],
    action: Action as EngineEvent["action"],
    id: Actor?.ID ?? "",
    name: Actor?.Attributes?.["name"] ?? "",
    // Nanoseconds do not fit a double: the lost digits (below a microsecond) mean that an event may come twice.
    at: ((timeNano ?? 0) / 1e9).toFixed(9),
  };
}

function serviceOf(service: wire.WireService): SwarmService {
  const { Spec: spec, UpdateStatus: update } = service;
  const networks = spec.TaskTemplate.Networks ?? spec.Networks ?? [];
  // The endpoint has the ports Swarm chose; right after creation only the spec has any.
  const ports = service.Endpoint?.Ports ?? spec.EndpointSpec?.Ports ?? [];
  const container = spec.TaskTemplate.ContainerSpec;
  return {
    id: service.ID,
    name: spec.Name,
    createdAt: service.CreatedAt,
    version: service.Version.Index,
    labels: labelsOf(spec.Labels),
    image: container?.Image ?? "",
    mode: modeOf(spec.Mode),
    networks: networks.flatMap(({ Target }) => present(Target)),
    ports: ports.map(publishedPort),
    vips: (service.Endpoint?.VirtualIPs ?? []).flatMap(({ NetworkID, Addr }) => addressOf(NetworkID, Addr)),
    ...(update?.State ? { updateState: update.State } : {}),
    ...(update?.Message ? { updateMessage: update.Message } : {}),
    configs: (container?.Configs ?? []).flatMap(({ ConfigName }) => present(ConfigName)),
  };
}

function modeOf(mode: wire.WireService["Spec"]["Mode"]): SwarmService["mode"] {
  if (mode?.Global) return { kind: "global" };
  if (mode?.ReplicatedJob || mode?.GlobalJob) return { kind: "job" };
  return { kind: "replicated", replicas: mode?.Replicated?.Replicas ?? 1 };
}

function publishedPort(port: wire.WirePort): PublishedPort {
  return {
    target: port.TargetPort ?? 0,
    ...(port.PublishedPort ? { published: port.PublishedPort } : {}),
    protocol: port.Protocol || "tcp",
    mode: port.PublishMode === "host" ? "host" : "ingress",
  };
}

function taskOf(task: wire.WireTask): readonly SwarmTask[] {
  if (!task.ServiceID) return [];
  return [
    {
      id: task.ID,
      serviceId: oneCopy(task.ServiceID),
      ...(task.Slot ? { slot: task.Slot } : {}),
      ...(task.NodeID ? { nodeId: oneCopy(task.NodeID) } : {}),
      state: task.Status.State,
      desiredState: task.DesiredState,
      ...(task.Status.Err ? { error: task.Status.Err } : {}),
      addresses: (task.NetworksAttachments ?? []).flatMap((attachment) =>
        (attachment.Addresses ?? []).flatMap((address) => addressOf(attachment.Network?.ID, address)),
      ),
      hostPorts: hostPortsOf(task.Status.PortStatus?.Ports ?? []),
    },
  ];
}

/** Engines list a host port once per address family it is bound on (seen: 20.10.24): each is one port. */
function hostPortsOf(ports: readonly wire.WirePort[]): SwarmTask["hostPorts"] {
  const distinct = new Map<string, SwarmTask["hostPorts"][number]>();
  for (const port of ports) {
    if (port.PublishMode !== "host" || !port.TargetPort || !port.PublishedPort) continue;
    const protocol = port.Protocol || "tcp";
    const key = `${port.PublishedPort}/${protocol}/${port.TargetPort}`;
    distinct.set(key, { target: port.TargetPort, published: port.PublishedPort, protocol });
  }
  return [...distinct.values()];
}

function nodeOf(node: wire.WireNode): SwarmNode {
  const told = node.Status.Addr ?? "";
  // A manager that was initialised without an address reports 0.0.0.0 as its own.
  const address = told === "" || told === "0.0.0.0" ? (node.ManagerStatus?.Addr ?? told).replace(/:\d+$/, "") : told;
  return {
    id: node.ID,
    hostname: node.Description?.Hostname ?? "",
    address: address.replace(/^\[(.*)\]$/, "$1"),
    labels: labelsOf(node.Spec.Labels),
    role: node.Spec.Role === "manager" ? "manager" : "worker",
    state: node.Status.State,
    availability: node.Spec.Availability,
  };
}

function objectOf(object: wire.WireObject): SwarmObject {
  return { id: object.ID, name: object.Spec.Name, labels: labelsOf(object.Spec.Labels) };
}

/** `10.0.1.3/24` in a network → the address. */
function addressOf(
  networkId: string | null | undefined,
  address: string | null | undefined,
): readonly NetworkAddress[] {
  if (!networkId || !address) return [];
  return [{ networkId: oneCopy(networkId), address: address.replace(/\/\d+$/, "") }];
}

function labelsOf(labels: Labels | null | undefined): Labels {
  return labels ?? {};
}

function present(text: string | null | undefined): readonly string[] {
  return text ? [text] : [];
}

function read<Schema extends z.ZodType>(schema: Schema, payload: unknown, what: string): z.output<Schema> {
  const result = schema.safeParse(payload);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw malformed(what, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "unreadable"}`, result.error);
}
