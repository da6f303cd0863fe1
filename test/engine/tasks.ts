/**
 * Gives services their tasks: what Swarm's orchestrator, scheduler and agents do, without containers.
 */
import { type Chance, containerIdOf, idOf } from "./ids.ts";
import { Collection } from "./collection.ts";
import type { PortSpec, Service, Task, TaskSpec } from "./words.ts";

/** How long things take; milliseconds. */
export interface Timings {
  /** From a task's creation until it runs. */
  readonly startMs: number;
  /** From the moment a task is no longer wanted until it has ended. Source: lab measurement, about three seconds with engine 20.10. */
  readonly stopMs: number;
}

/** What tasks need of the Swarm around them. */
export interface TaskGround {
  readonly chance: Chance;
  /** A version, and the time as the engine prints it. */
  stamp(): { readonly Version: { readonly Index: number }; readonly UpdatedAt: string };
  /** Nodes tasks may run on. */
  nodeIds(): readonly string[];
  service(id: string): Service | undefined;
  attach(networkIds: readonly string[]): NonNullable<Task["NetworksAttachments"]>;
  detach(attachments: Task["NetworksAttachments"]): void;
  /** Says how far the rollout of a service has come. */
  updating(serviceId: string, state: "updating" | "completed"): void;
}

/** How many ended tasks of a slot are remembered. Source: Engine API v1.41, `TaskHistoryRetentionLimit`. */
const mostEnded = 5;

/** The tasks of all services. */
export class Tasks {
  readonly all: Collection<Task> = new Collection();
  readonly #byService = new Map<string, Map<string, Task>>();
  readonly #ground: TaskGround;
  readonly #timings: Timings;
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Slots that are being replaced, by service. */
  readonly #replaced = new Map<string, Set<number>>();
  #nextNode = 0;

  constructor(ground: TaskGround, timings: Timings) {
    this.#ground = ground;
    this.#timings = timings;
  }

  /** The ids of a service's tasks. */
  idsOf(serviceId: string): readonly string[] {
    return [...(this.#byService.get(serviceId)?.keys() ?? [])];
  }

  /** Brings the tasks of a service to what it asks for. `settled`: as if it had been so for long. */
  follow(service: Service, settled?: "settled"): void {
    const live = this.#live(service.ID);
    const wanted = this.#slotsOf(service, live);
    const missing = wanted.filter((slot) => !live.has(slot));
    for (const slot of missing) this.#start(service, slot, settled ?? "running");
    for (const [slot, task] of live) if (!wanted.includes(slot)) this.#retire(task, "remove");
    const stale = [...live].some(([slot, task]) => wanted.includes(slot) && task.Spec !== service.Spec.TaskTemplate);
    if (stale && !this.#replaced.has(service.ID)) {
      this.#replaced.set(service.ID, new Set());
      this.#ground.updating(service.ID, "updating");
      this.#roll(service.ID);
    }
  }

  /** Ends the tasks of a service that is gone. */
  forget(serviceId: string): void {
    this.#replaced.delete(serviceId);
    for (const task of this.#byService.get(serviceId)?.values() ?? []) this.#retire(task, "remove");
  }

  /** Lets nothing happen any more. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Tasks that are wanted, or soon will be, by slot; a global service's slots are its nodes, by their place. */
  #live(serviceId: string): ReadonlyMap<number, Task> {
    const tasks = [...(this.#byService.get(serviceId)?.values() ?? [])];
    const live = tasks.filter((task) => task.DesiredState === "running" || task.DesiredState === "ready");
    return new Map(live.map((task) => [task.Slot ?? this.#ground.nodeIds().indexOf(task.NodeID) + 1, task]));
  }

  #slotsOf(service: Service, live: ReadonlyMap<number, Task>): readonly number[] {
    const mode = service.Spec.Mode;
    if (mode?.Global !== undefined) return this.#ground.nodeIds().map((_, index) => index + 1);
    const count = mode?.Replicated?.Replicas ?? 1;
    const slots = [...live.keys()].toSorted((a, b) => a - b).slice(0, count);
    for (let slot = 1; slots.length < count; slot += 1) if (!live.has(slot)) slots.push(slot);
    return slots;
  }

  /** Replaces as many stale slots as may be replaced at once; called again whenever one is done. */
  #roll(serviceId: string): void {
    const service = this.#ground.service(serviceId);
    const replaced = this.#replaced.get(serviceId);
    if (service === undefined || replaced === undefined) return;
    const template = service.Spec.TaskTemplate;
    const stale = [...this.#live(serviceId)].filter(([slot, task]) => !replaced.has(slot) && task.Spec !== template);
    if (stale.length === 0 && replaced.size === 0) {
      this.#replaced.delete(serviceId);
      this.#ground.updating(serviceId, "completed");
      return;
    }
    const { Parallelism = 1, Order = "stop-first" } = service.Spec.UpdateConfig ?? {};
    const free = Parallelism === 0 ? stale.length : Math.max(0, Parallelism - replaced.size);
    for (const [slot, task] of stale.slice(0, free)) {
      replaced.add(slot);
      const done = (): void => {
        replaced.delete(slot);
        this.#roll(serviceId);
      };
      if (Order === "start-first") this.#startFirst(service, slot, task, done);
      else this.#stopFirst(service, slot, task, done);
    }
  }

  #startFirst(service: Service, slot: number, old: Task, done: () => void): void {
    this.#start(service, slot, "running", () => {
      this.#retire(old, "shutdown");
      done();
    });
  }

  /** The next task of the slot waits, wanted `ready`, until the old one has ended. */
  #stopFirst(service: Service, slot: number, old: Task, done: () => void): void {
    const next = this.#start(service, slot, "ready");
    this.#retire(old, "shutdown", () => {
      const task = this.all.get(next.ID);
      if (task === undefined || task.DesiredState !== "ready") {
        done();
        return;
      }
      this.#put({ ...task, DesiredState: "running" });
      this.#later(this.#timings.startMs, () => (this.#run(task.ID), done()));
    });
  }

  #start(service: Service, slot: number, as: "running" | "ready" | "settled", whenRunning?: () => void): Task {
    const nodeIds = this.#ground.nodeIds();
    const isGlobal = service.Spec.Mode?.Global !== undefined;
    const NodeID = nodeIds[isGlobal ? slot - 1 : this.#nextNode++ % Math.max(1, nodeIds.length)] ?? "";
    const { Version, UpdatedAt } = this.#ground.stamp();
    const networks = (service.Spec.TaskTemplate.Networks ?? []).flatMap(({ Target }) => Target ?? []);
    const attachments = this.#ground.attach(networks);
    const task: Task = {
      ID: idOf(this.#ground.chance),
      Version,
      CreatedAt: UpdatedAt,
      UpdatedAt,
      Labels: {},
      Spec: service.Spec.TaskTemplate,
      ServiceID: service.ID,
      ...(isGlobal ? {} : { Slot: slot }),
      NodeID,
      Status: {
        Timestamp: UpdatedAt,
        State: as === "ready" ? "ready" : "assigned",
        Message: "scheduler assigned task to node",
        PortStatus: {},
      },
      DesiredState: as === "ready" ? "ready" : "running",
      ...(attachments.length === 0 ? {} : { NetworksAttachments: attachments }),
    };
    this.#keep(task);
    if (as === "settled") this.#run(task.ID);
    if (as === "running") {
      this.#later(this.#timings.startMs / 2, () => this.#become(task.ID, "starting", "starting"));
      this.#later(this.#timings.startMs, () => (this.#run(task.ID), whenRunning?.()));
    }
    return task;
  }

  #run(id: string): void {
    const task = this.all.get(id);
    if (task === undefined || task.DesiredState !== "running") return;
    const Ports = hostPorts(this.#ground.service(task.ServiceID)?.Spec.EndpointSpec?.Ports ?? []);
    const ContainerID = containerIdOf(this.#ground.chance);
    this.#become(id, "running", "started", {
      ContainerStatus: { ContainerID, PID: 1000 + Math.floor(this.#ground.chance() * 30_000), ExitCode: 0 },
      PortStatus: Ports.length === 0 ? {} : { Ports },
    });
  }

  /** It is no longer wanted at once, and ends a while later. */
  #retire(task: Task, DesiredState: "shutdown" | "remove", whenEnded?: () => void): void {
    const now = this.all.get(task.ID);
    if (now === undefined || now.DesiredState === "remove") return;
    const ended = now.Status.State === "shutdown";
    this.#put({ ...now, DesiredState });
    const end = (): void => {
      if (DesiredState === "remove" || this.all.get(task.ID)?.DesiredState === "remove") this.#drop(task.ID);
      else this.#end(task.ID);
      whenEnded?.();
    };
    this.#later(ended ? 0 : this.#timings.stopMs, end);
  }

  #end(id: string): void {
    const task = this.all.get(id);
    if (task === undefined) return;
    this.#ground.detach(task.NetworksAttachments);
    this.#become(id, "shutdown", "shutdown");
    const ended = [...(this.#byService.get(task.ServiceID)?.values() ?? [])].filter(
      (other) => other.Slot === task.Slot && other.Status.State === "shutdown",
    );
    for (const old of ended.slice(0, Math.max(0, ended.length - mostEnded))) this.#drop(old.ID);
  }

  #drop(id: string): void {
    const task = this.all.get(id);
    if (task === undefined) return;
    if (task.Status.State !== "shutdown") this.#ground.detach(task.NetworksAttachments);
    const tasks = this.#byService.get(task.ServiceID);
    tasks?.delete(id);
    if (tasks?.size === 0) this.#byService.delete(task.ServiceID);
    this.all.delete(id);
  }

  #become(id: string, State: string, Message: string, more: Partial<Task["Status"]> = {}): void {
    const task = this.all.get(id);
    if (task === undefined) return;
    const { UpdatedAt } = this.#ground.stamp();
    this.#put({ ...task, Status: { ...task.Status, ...more, Timestamp: UpdatedAt, State, Message } });
  }

  #put(task: Task): void {
    this.#keep({ ...task, ...this.#ground.stamp() });
  }

  #keep(task: Task): void {
    this.all.put(task.ID, task);
    const tasks = this.#byService.get(task.ServiceID) ?? new Map<string, Task>();
    this.#byService.set(task.ServiceID, tasks.set(task.ID, task));
  }

  #later(ms: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      then();
    }, ms);
    this.#timers.add(timer);
  }
}

function hostPorts(ports: readonly PortSpec[]): readonly PortSpec[] {
  return ports
    .filter((port) => port.PublishMode === "host")
    .map((port) => ({ ...port, PublishedPort: port.PublishedPort ?? 32_768 }));
}

/** The template itself, if the newer one says the same: tasks of it then need not be replaced. */
export function sameTemplate(older: TaskSpec, newer: TaskSpec): TaskSpec {
  return JSON.stringify(older) === JSON.stringify(newer) ? older : newer;
}
