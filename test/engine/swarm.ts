/**
 * A Swarm in memory: what may be done to it, and what it refuses in the engine's own sentences.
 */
import { Collection } from "./collection.ts";
import { EventLog } from "./events.ts";
import { type Chance, chanceOf, idOf } from "./ids.ts";
import { type NetworkRequest, Networks } from "./networks.ts";
import { sameTemplate, Tasks, type Timings } from "./tasks.ts";
import * as words from "./words.ts";

/** What a Swarm is made with. */
export interface SwarmOptions {
  readonly seed?: number;
  /** One manager, the rest workers. */
  readonly nodes?: number;
  readonly timings?: Partial<Timings>;
}

/** A Swarm of one manager and some workers, as its manager tells it. */
export class SimulatedSwarm {
  readonly services: Collection<words.Service> = new Collection((service) => service.Spec.Name);
  readonly networks: Networks;
  readonly nodes: Collection<words.SwarmNode> = new Collection((node) => node.Description.Hostname);
  readonly configs: Collection<words.KeptObject> = new Collection((config) => config.Spec.Name);
  readonly secrets: Collection<words.KeptObject> = new Collection((secret) => secret.Spec.Name);
  readonly events: EventLog = new EventLog();
  readonly tasks: Tasks;
  readonly chance: Chance;
  readonly #nodeIds: string[] = [];
  readonly #ingressId: string;
  #index = 10;
  #nextPort = 30_000;

  constructor(options: SwarmOptions = {}) {
    this.chance = chanceOf(options.seed ?? 1);
    this.networks = new Networks(this.chance);
    const timings: Timings = { startMs: 400, stopMs: 3_000, ...options.timings };
    this.tasks = new Tasks(
      {
        chance: this.chance,
        stamp: () => this.#stamp(),
        nodeIds: () => this.#nodeIds,
        service: (id) => this.services.get(id),
        attach: (ids) => this.networks.attach(ids),
        detach: (attachments) => this.networks.detach(attachments),
        updating: (id, state) => this.#updating(id, state),
      },
      timings,
    );
    for (let n = 1; n <= (options.nodes ?? 1); n += 1) this.#addNode(n);
    this.#ingressId = this.createNetwork({ Name: "ingress", Driver: "overlay", Ingress: true });
    for (const [name, driver] of [
      ["bridge", "bridge"],
      ["host", "host"],
      ["none", "null"],
    ] as const)
      this.createNetwork({ Name: name, Driver: driver });
  }

  /** The node that answers. */
  get ownNode(): words.SwarmNode | undefined {
    return this.nodes.get(this.#nodeIds[0] ?? "");
  }

  /** Makes a service. `settled`: with its tasks running already. Fails: 409 when the name is taken. */
  createService(spec: words.ServiceSpec, settled?: "settled"): string {
    if (this.services.find(spec.Name) !== undefined)
      throw new words.Refusal(
        409,
        `rpc error: code = AlreadyExists desc = name conflicts with an existing object: service ${spec.Name} already exists`,
      );
    const id = idOf(this.chance);
    const { Version, UpdatedAt } = this.#stamp();
    const Spec = this.#completed(spec);
    const service: words.Service = {
      ID: id,
      Version,
      CreatedAt: UpdatedAt,
      UpdatedAt,
      Spec,
      Endpoint: this.#endpoint(Spec, undefined),
    };
    this.services.put(id, service);
    this.events.tell("service", "create", id, { name: spec.Name });
    this.tasks.follow(service, settled);
    return id;
  }

  /** Changes a service. Fails: 404; 500 when the version is not the newest, as engines up to 28 do. */
  updateService(reference: string, version: number, spec: words.ServiceSpec): void {
    const old = known(this.services, "service", reference);
    if (old.Version.Index !== version)
      throw new words.Refusal(500, "rpc error: code = Unknown desc = update out of sequence");
    if (spec.Name !== old.Spec.Name)
      throw new words.Refusal(501, "rpc error: code = Unimplemented desc = renaming services is not supported");
    const completed = this.#completed(spec);
    const Spec = { ...completed, TaskTemplate: sameTemplate(old.Spec.TaskTemplate, completed.TaskTemplate) };
    const service = { ...old, ...this.#stamp(), Spec, PreviousSpec: old.Spec, Endpoint: this.#endpoint(Spec, old) };
    this.services.put(old.ID, service);
    this.events.tell("service", "update", old.ID, { name: spec.Name });
    this.tasks.follow(service);
  }

  /** Removes a service; its tasks end a while later. Fails: 404. */
  removeService(reference: string): void {
    const service = known(this.services, "service", reference);
    this.services.delete(service.ID);
    for (const { NetworkID, Addr } of service.Endpoint.VirtualIPs ?? []) this.networks.giveBack(NetworkID, Addr);
    this.events.tell("service", "remove", service.ID, { name: service.Spec.Name });
    this.tasks.forget(service.ID);
  }

  /** Makes a network. Fails: 409 when the name is taken. */
  createNetwork(request: NetworkRequest): string {
    const id = this.networks.create(request, this.#stamp());
    if (request.Driver === "overlay") this.events.tell("network", "create", id, { name: request.Name });
    return id;
  }

  /** Removes a network. Fails: 404; 400 while a service or a task uses it. */
  removeNetwork(reference: string): void {
    const { Id, Name } = known(this.networks.all, "network", reference);
    const user = this.#userOf(Id);
    if (user !== undefined)
      throw new words.Refusal(400, `rpc error: code = FailedPrecondition desc = network ${Id} is in use by ${user}`);
    this.networks.remove(Id);
    this.events.tell("network", "remove", Id, { name: Name });
  }

  /** Makes a config or a secret. Fails: 409 when the name is taken; 400 when it is empty or too large. */
  createObject(kind: "config" | "secret", request: words.KeptObject["Spec"]): string {
    const bytes = Buffer.byteLength(request.Data ?? "", "base64");
    const most = kind === "config" ? 1_024_000 : 512_000;
    if (bytes === 0 || bytes >= most) {
      const sentence = `${kind} data must be larger than 0 and less than ${most} bytes`;
      throw new words.Refusal(400, `rpc error: code = InvalidArgument desc = ${sentence}`);
    }
    const objects = kind === "config" ? this.configs : this.secrets;
    if (objects.find(request.Name) !== undefined)
      throw new words.Refusal(409, `rpc error: code = AlreadyExists desc = ${kind} ${request.Name} already exists`);
    const id = idOf(this.chance);
    const { Version, UpdatedAt } = this.#stamp();
    const { Name, Labels, Data } = request;
    const Spec = { Name, Labels: Labels ?? {}, ...(kind === "config" ? { Data: Data ?? "" } : {}) };
    objects.put(id, { ID: id, Version, CreatedAt: UpdatedAt, UpdatedAt, Spec });
    this.events.tell(kind, "create", id, { name: Name });
    return id;
  }

  /** Removes a config or a secret. Fails: 404; 400 while a service uses it. */
  removeObject(kind: "config" | "secret", reference: string): void {
    const objects = kind === "config" ? this.configs : this.secrets;
    const object = known(objects, kind, reference);
    const { Name } = object.Spec;
    const [key, name] = kind === "config" ? ["Configs", "ConfigName"] : ["Secrets", "SecretName"];
    const users = this.services.values().filter((service) => {
      const mounts = service.Spec.TaskTemplate.ContainerSpec?.[key] as readonly Record<string, string>[] | undefined;
      return mounts?.some((mount) => mount[name] === Name) ?? false;
    });
    if (users.length > 0)
      throw new words.Refusal(
        400,
        `rpc error: code = InvalidArgument desc = ${kind} '${Name}' is in use by the following service${users.length === 1 ? "" : "s"}: ${users.map((user) => user.Spec.Name).join(", ")}`,
      );
    objects.delete(object.ID);
    this.events.tell(kind, "remove", object.ID, { name: Name });
  }

  /** Lets nothing happen any more. */
  stop(): void {
    this.tasks.stop();
  }

  #stamp(): { readonly Version: { readonly Index: number }; readonly UpdatedAt: string } {
    this.#index += 1;
    const now = new Date().toISOString();
    // Nanoseconds, as the engine prints them; the index keeps what is made in one millisecond in order.
    return {
      Version: { Index: this.#index },
      UpdatedAt: `${now.slice(0, -1)}${String(this.#index % 1_000_000).padStart(6, "0")}Z`,
    };
  }

  #addNode(n: number): void {
    const { Version, UpdatedAt } = this.#stamp();
    const ID = idOf(this.chance);
    const Addr = `192.168.${Math.floor(n / 250)}.${(n % 250) + 1}`;
    this.#nodeIds.push(ID);
    this.nodes.put(ID, {
      ID,
      Version,
      CreatedAt: UpdatedAt,
      UpdatedAt,
      Spec: { Labels: {}, Role: n === 1 ? "manager" : "worker", Availability: "active" },
      Description: { Hostname: `node${n}` },
      Status: { State: "ready", Addr },
      ...(n === 1 ? { ManagerStatus: { Leader: true, Reachability: "reachable", Addr: `${Addr}:2377` } } : {}),
    });
  }

  /** A spec as it is kept: networks by their ids. Fails: 404 when one does not exist. */
  #completed(spec: words.ServiceSpec): words.Service["Spec"] {
    const template = spec.TaskTemplate ?? {};
    const Networks = template.Networks?.map((network) => {
      const Target = this.networks.all.find(network.Target ?? "");
      if (Target === undefined) throw words.notFound("network", network.Target ?? "");
      return { ...network, Target };
    });
    return {
      ...spec,
      Labels: spec.Labels ?? {},
      TaskTemplate: { ...template, ...(Networks === undefined ? {} : { Networks }) },
    };
  }

  #endpoint(spec: words.Service["Spec"], old: words.Service | undefined): words.Service["Endpoint"] {
    const asked = spec.EndpointSpec ?? {};
    const before = new Map((old?.Endpoint.VirtualIPs ?? []).map((vip) => [vip.NetworkID, vip.Addr]));
    const isMeshed = (asked.Ports ?? []).some((port) => port.PublishMode !== "host");
    const networks = (spec.TaskTemplate.Networks ?? []).flatMap(({ Target }) => Target ?? []);
    const fronted = asked.Mode === "dnsrr" ? [] : [...(isMeshed ? [this.#ingressId] : []), ...networks];
    const VirtualIPs = fronted.flatMap((NetworkID) => {
      const Addr = before.get(NetworkID) ?? this.networks.take(NetworkID);
      return Addr === undefined ? [] : [{ NetworkID, Addr }];
    });
    for (const [networkId, address] of before)
      if (!fronted.includes(networkId)) this.networks.giveBack(networkId, address);
    const Ports = asked.Ports?.map((port) => this.#withPort(port, old));
    return {
      Spec: asked,
      ...(Ports === undefined ? {} : { Ports }),
      ...(VirtualIPs.length === 0 ? {} : { VirtualIPs }),
    };
  }

  #withPort(port: words.PortSpec, old: words.Service | undefined): words.PortSpec {
    if (port.PublishedPort !== undefined || port.PublishMode === "host") return port;
    const before = old?.Endpoint.Ports?.find((other) => other.TargetPort === port.TargetPort)?.PublishedPort;
    return { ...port, PublishedPort: before ?? this.#nextPort++ };
  }

  #userOf(networkId: string): string | undefined {
    const service = this.services
      .values()
      .find((one) => one.Spec.TaskTemplate.Networks?.some(({ Target }) => Target === networkId));
    if (service !== undefined) return `service ${service.ID}`;
    const task = this.tasks.all
      .values()
      .find((one) => one.Status.State !== "shutdown" && one.Spec.Networks?.some(({ Target }) => Target === networkId));
    return task === undefined ? undefined : `task ${task.ID}`;
  }

  #updating(id: string, State: "updating" | "completed"): void {
    const service = this.services.get(id);
    if (service === undefined) return;
    const stamp = this.#stamp();
    const Message = State === "updating" ? "update in progress" : "update completed";
    this.services.put(id, { ...service, ...stamp, UpdateStatus: { State, Message, StartedAt: stamp.UpdatedAt } });
    const before = service.UpdateStatus?.State;
    this.events.tell("service", "update", id, {
      name: service.Spec.Name,
      "updatestate.new": State,
      ...(before === undefined ? {} : { "updatestate.old": before }),
    });
  }
}

/** What a reference leads to. Fails: 404. */
function known<T>(objects: Collection<T>, kind: string, reference: string): T {
  const id = objects.find(reference);
  const object = id === undefined ? undefined : objects.get(id);
  if (object === undefined) throw words.notFound(kind, reference);
  return object;
}
