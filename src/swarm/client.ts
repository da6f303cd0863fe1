/**
 * What may be asked of the Docker Engine: this list and nothing else.
 */
import type { DockerAddress } from "../model/config.ts";
import { isInterlockError } from "../model/errors.ts";
import type { Labels, SwarmNetwork, SwarmNode, SwarmObject, SwarmService, SwarmTask } from "../model/snapshot.ts";
import { engineRoad } from "./address.ts";
import * as decode from "./decode.ts";
import type { EngineContainer, EngineEvent, LiveService, MountedConfig, SwarmRole } from "./decode.ts";
import { eventsIn } from "./lines.ts";
import { LongList } from "./long-list.ts";
import { openTransport, type EngineQuestion, type EngineRequest, type EngineStream } from "./transport.ts";
import { negotiate, type VersionedTransport } from "./version.ts";

export type { EngineContainer, EngineEvent, LiveService, MountedConfig, SwarmRole };

/** Which tasks: of these services (ids or names), in these desired states. Absent: all. */
export interface TaskFilter {
  readonly services?: readonly string[];
  readonly desiredStates?: readonly ("running" | "shutdown" | "accepted")[];
}

/** A network to make. Source: Engine API v1.41, POST /networks/create. */
export interface NetworkSpec {
  readonly name: string;
  readonly labels: Labels;
  readonly attachable: boolean;
}

/** A config to make; 500 KB at most before engine 26, 1000 KB since. */
export interface ConfigSpec {
  readonly name: string;
  readonly labels: Labels;
  readonly content: string;
}

/** A secret to make; 500 KB at most. */
export interface SecretSpec {
  readonly name: string;
  readonly labels: Labels;
  readonly content: string;
}

/**
 * The Docker Engine API as far as Interlock uses it.
 *
 * Shape: lists are sorted by id; ids may be names where the API allows it.
 * Fails: every call, InterlockError DOCKER_UNREACHABLE (no answer, too late, cut short), DOCKER_REFUSED (the engine's sentence is the message, `details.status`
 * the status), DOCKER_NOT_FOUND (404), DOCKER_CONFLICT (409, or a service updated with an old version), DOCKER_MALFORMED. When `signal` fires, its reason is thrown.
 * Source: Engine API v1.41 to v1.51.
 */
export interface Docker extends AsyncDisposable {
  /** The version of the API that is spoken, like `1.41`. */
  readonly apiVersion: string;

  swarm(signal?: AbortSignal): Promise<SwarmRole>;
  services(signal?: AbortSignal): Promise<readonly SwarmService[]>;
  /** The services of these ids; unknown ones are left out, not an error. */
  servicesById(ids: readonly string[], signal?: AbortSignal): Promise<readonly SwarmService[]>;
  /** DOCKER_NOT_FOUND when any one of the services does not exist. */
  tasks(filter: TaskFilter, signal?: AbortSignal): Promise<readonly SwarmTask[]>;
  /** Overlay networks of the Swarm, the ingress network included. */
  networks(signal?: AbortSignal): Promise<readonly SwarmNetwork[]>;
  nodes(signal?: AbortSignal): Promise<readonly SwarmNode[]>;
  configs(signal?: AbortSignal): Promise<readonly SwarmObject[]>;
  secrets(signal?: AbortSignal): Promise<readonly SwarmObject[]>;

  service(id: string, signal?: AbortSignal): Promise<SwarmService>;
  /** The spec with all the parts anybody set, to be changed in one place and written back whole. */
  inspectService(id: string, signal?: AbortSignal): Promise<LiveService>;
  mountedConfigs(serviceId: string, signal?: AbortSignal): Promise<readonly MountedConfig[]>;
  /** Takes a `ServiceSpec` in the engine's words. */
  createService(spec: object, signal?: AbortSignal): Promise<{ readonly id: string }>;
  /** Takes the version it saw; any other is a DOCKER_CONFLICT. */
  updateService(id: string, version: number, spec: object, signal?: AbortSignal): Promise<void>;
  removeService(id: string, signal?: AbortSignal): Promise<void>;

  createNetwork(spec: NetworkSpec, signal?: AbortSignal): Promise<{ readonly id: string }>;
  removeNetwork(id: string, signal?: AbortSignal): Promise<void>;
  createConfig(spec: ConfigSpec, signal?: AbortSignal): Promise<{ readonly id: string }>;
  removeConfig(id: string, signal?: AbortSignal): Promise<void>;
  config(id: string, signal?: AbortSignal): Promise<SwarmObject & { readonly content: string }>;
  /** The content can be read by tasks that mount it, and by nobody else ever again. */
  createSecret(spec: SecretSpec, signal?: AbortSignal): Promise<{ readonly id: string }>;
  removeSecret(id: string, signal?: AbortSignal): Promise<void>;

  /** True when the image is on this engine's own node. */
  hasImage(name: string, signal?: AbortSignal): Promise<boolean>;
  /** The digest (`sha256:…`) the registry gives for an image; asks the registry, so it may take its time. */
  imageDigest(name: string, signal?: AbortSignal): Promise<string>;

  container(id: string, signal?: AbortSignal): Promise<EngineContainer>;
  /** Takes a `ContainerConfig` with `HostConfig` in the engine's words. */
  createContainer(spec: object, signal?: AbortSignal): Promise<{ readonly id: string }>;
  /** What the container says on both outputs, multiplexed, from its start on; ends with the container. */
  attachContainer(id: string, signal: AbortSignal): Promise<EngineStream>;
  startContainer(id: string, signal?: AbortSignal): Promise<void>;
  /** The exit code, once it has ended; a deadline holds here too. */
  waitContainer(id: string, signal?: AbortSignal): Promise<number>;
  /** Ends it, if it runs, and removes it with its volumes; no error when it is gone. */
  removeContainer(id: string, signal?: AbortSignal): Promise<void>;

  /** Events of the Swarm from now on (or from `since` on, an event's `at`); resolves when the stream stands. Ends when the engine does. */
  events(since: string | undefined, signal: AbortSignal): Promise<AsyncIterable<EngineEvent>>;
}

/** Asking a registry goes through the engine, which waits for the registry. */
const registryTimeoutMs = 30_000;
/** A container is made, started and ended by the kernel: on a busy node that takes seconds. */
const onContainer = { timeoutMs: 60_000 } as const;

/**
 * Connects to an engine and agrees on a version.
 *
 * Fails: CONFIG_INVALID and CONFIG_UNREADABLE for the address, DOCKER_UNREACHABLE, DOCKER_REFUSED when engine and Interlock have no version in common.
 */
export async function connectDocker(address: DockerAddress, signal?: AbortSignal): Promise<Docker> {
  const transport = openTransport(await engineRoad(address));
  try {
    return new EngineClient(await negotiate(transport, signal));
  } catch (error) {
    transport.close();
    throw error;
  }
}

class EngineClient implements Docker {
  readonly #transport: VersionedTransport;
  /** The two lists that grow with the Swarm, as a whole look asks for them. */
  readonly #services = new LongList((payload) => decode.decodeServices([payload]));
  readonly #tasks = new LongList((payload) => decode.decodeTasks([payload]));

  constructor(transport: VersionedTransport) {
    this.#transport = transport;
  }

  get apiVersion(): string {
    return this.#transport.apiVersion;
  }

  async swarm(signal?: AbortSignal): Promise<SwarmRole> {
    return decode.decodeInfo(await this.#get("/info", {}, signal));
  }

  async services(signal?: AbortSignal): Promise<readonly SwarmService[]> {
    return await this.#long(this.#services, { path: "/services" }, decode.decodeServices, signal);
  }

  async servicesById(ids: readonly string[], signal?: AbortSignal): Promise<readonly SwarmService[]> {
    return decode.decodeServices(await this.#get("/services", filters({ id: ids }), signal));
  }

  async tasks(filter: TaskFilter, signal?: AbortSignal): Promise<readonly SwarmTask[]> {
    const query = filters({ service: filter.services ?? [], "desired-state": filter.desiredStates ?? [] });
    if ((filter.services ?? []).length > 0) return decode.decodeTasks(await this.#get("/tasks", query, signal));
    return await this.#long(this.#tasks, { path: "/tasks", query }, decode.decodeTasks, signal);
  }

  async networks(signal?: AbortSignal): Promise<readonly SwarmNetwork[]> {
    const query = filters({ driver: ["overlay"], scope: ["swarm"] });
    return decode.decodeNetworks(await this.#get("/networks", query, signal));
  }

  async nodes(signal?: AbortSignal): Promise<readonly SwarmNode[]> {
    return decode.decodeNodes(await this.#get("/nodes", {}, signal));
  }

  async configs(signal?: AbortSignal): Promise<readonly SwarmObject[]> {
    return decode.decodeObjects(await this.#get("/configs", {}, signal));
  }

  async secrets(signal?: AbortSignal): Promise<readonly SwarmObject[]> {
    return decode.decodeObjects(await this.#get("/secrets", {}, signal));
  }

  async service(id: string, signal?: AbortSignal): Promise<SwarmService> {
    return decode.decodeService(await this.#get(`/services/${part(id)}`, {}, signal));
  }

  async inspectService(id: string, signal?: AbortSignal): Promise<LiveService> {
    return decode.decodeLiveService(await this.#get(`/services/${part(id)}`, {}, signal));
  }

  async mountedConfigs(serviceId: string, signal?: AbortSignal): Promise<readonly MountedConfig[]> {
    return decode.decodeMountedConfigs(await this.#get(`/services/${part(serviceId)}`, {}, signal));
  }

  async createService(spec: object, signal?: AbortSignal): Promise<{ readonly id: string }> {
    return await this.#create("/services/create", spec, signal);
  }

  async updateService(id: string, version: number, spec: object, signal?: AbortSignal): Promise<void> {
    await this.#post(`/services/${part(id)}/update`, spec, { version: String(version) }, signal);
  }

  async removeService(id: string, signal?: AbortSignal): Promise<void> {
    await this.#delete(`/services/${part(id)}`, signal);
  }

  async createNetwork(spec: NetworkSpec, signal?: AbortSignal): Promise<{ readonly id: string }> {
    const { name: Name, labels: Labels, attachable: Attachable } = spec;
    // CheckDuplicate: engines before 1.44 otherwise make a second network of the same name.
    const body = { Name, Labels, Attachable, Driver: "overlay", Scope: "swarm", CheckDuplicate: true };
    return await this.#create("/networks/create", body, signal);
  }

  async removeNetwork(id: string, signal?: AbortSignal): Promise<void> {
    await this.#delete(`/networks/${part(id)}`, signal);
  }

  async createConfig(spec: ConfigSpec, signal?: AbortSignal): Promise<{ readonly id: string }> {
    const Data = Buffer.from(spec.content, "utf8").toString("base64");
    return await this.#create("/configs/create", { Name: spec.name, Labels: spec.labels, Data }, signal);
  }

  async removeConfig(id: string, signal?: AbortSignal): Promise<void> {
    await this.#delete(`/configs/${part(id)}`, signal);
  }

  async config(id: string, signal?: AbortSignal): Promise<SwarmObject & { readonly content: string }> {
    return decode.decodeConfig(await this.#get(`/configs/${part(id)}`, {}, signal));
  }

  async createSecret(spec: SecretSpec, signal?: AbortSignal): Promise<{ readonly id: string }> {
    const Data = Buffer.from(spec.content, "utf8").toString("base64");
    return await this.#create("/secrets/create", { Name: spec.name, Labels: spec.labels, Data }, signal);
  }

  async removeSecret(id: string, signal?: AbortSignal): Promise<void> {
    await this.#delete(`/secrets/${part(id)}`, signal);
  }

  async hasImage(name: string, signal?: AbortSignal): Promise<boolean> {
    try {
      await this.#get(`/images/${part(name)}/json`, {}, signal);
      return true;
    } catch (error) {
      if (isInterlockError(error, "DOCKER_NOT_FOUND")) return false;
      throw error;
    }
  }

  async imageDigest(name: string, signal?: AbortSignal): Promise<string> {
    const path = `/distribution/${part(name)}/json`;
    return decode.decodeDigest(await this.#call({ method: "GET", path, timeoutMs: registryTimeoutMs }, signal));
  }

  async container(id: string, signal?: AbortSignal): Promise<EngineContainer> {
    return decode.decodeContainer(await this.#get(`/containers/${part(id)}/json`, {}, signal));
  }

  async createContainer(spec: object, signal?: AbortSignal): Promise<{ readonly id: string }> {
    const path = "/containers/create";
    return { id: decode.decodeId(await this.#call({ ...onContainer, method: "POST", path, body: spec }, signal)) };
  }

  async attachContainer(id: string, signal: AbortSignal): Promise<EngineStream> {
    const query = { stream: "1", stdout: "1", stderr: "1" };
    return await this.#transport.open({ method: "POST", path: `/containers/${part(id)}/attach`, query }, signal);
  }

  async startContainer(id: string, signal?: AbortSignal): Promise<void> {
    await this.#call({ ...onContainer, method: "POST", path: `/containers/${part(id)}/start` }, signal);
  }

  async waitContainer(id: string, signal?: AbortSignal): Promise<number> {
    const path = `/containers/${part(id)}/wait`;
    return decode.decodeExitCode(await this.#call({ ...onContainer, method: "POST", path }, signal));
  }

  async removeContainer(id: string, signal?: AbortSignal): Promise<void> {
    try {
      const query = { force: "1", v: "1" };
      await this.#call({ ...onContainer, method: "DELETE", path: `/containers/${part(id)}`, query }, signal);
    } catch (error) {
      if (!isInterlockError(error, "DOCKER_NOT_FOUND")) throw error;
    }
  }

  async events(since: string | undefined, signal: AbortSignal): Promise<AsyncIterable<EngineEvent>> {
    const query = {
      ...filters({
        type: ["service", "node", "network", "secret", "config"],
        event: ["create", "update", "remove"],
        scope: ["swarm"],
      }),
      ...(since === undefined ? {} : { since }),
    };
    return eventsIn(await this.#transport.open({ method: "GET", path: "/events", query }, signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#transport.close();
  }

  async #call(request: EngineRequest, signal?: AbortSignal): Promise<unknown> {
    return await this.#transport.call(request, signal);
  }

  /** What cannot be taken apart is asked for once more, as a whole: who is wrong says which object is, and where. */
  async #long<T extends { readonly id: string }>(
    list: LongList<T>,
    question: EngineQuestion,
    whole: (payload: unknown) => readonly T[],
    signal?: AbortSignal,
  ): Promise<readonly T[]> {
    const read = await list.read(async (take) => await this.#transport.feed(question, take, signal));
    return read ?? whole(await this.#call({ method: "GET", ...question }, signal));
  }

  async #get(path: string, query: Query, signal?: AbortSignal): Promise<unknown> {
    return await this.#call({ method: "GET", path, query }, signal);
  }

  async #post(path: string, body: object, query: Query, signal?: AbortSignal): Promise<unknown> {
    return await this.#call({ method: "POST", path, query, body }, signal);
  }

  async #delete(path: string, signal?: AbortSignal): Promise<void> {
    await this.#call({ method: "DELETE", path }, signal);
  }

  async #create(path: string, body: object, signal?: AbortSignal): Promise<{ readonly id: string }> {
    return { id: decode.decodeId(await this.#post(path, body, {}, signal)) };
  }
}

type Query = Readonly<Record<string, string>>;

/** The query of a filtered list: `{"service":["a","b"]}`; an empty list filters nothing. Source: Engine API v1.41, `filters`. */
function filters(wanted: Readonly<Record<string, readonly string[]>>): Query {
  const given = Object.entries(wanted).filter(([, values]) => values.length > 0);
  return given.length === 0 ? {} : { filters: JSON.stringify(Object.fromEntries(given)) };
}

/** One part of a path. */
function part(text: string): string {
  return encodeURIComponent(text);
}
