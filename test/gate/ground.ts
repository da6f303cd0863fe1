/**
 * A Swarm of some size, core that looks at it, its extension, and proxies that count: all in this process, over a real socket to the engine.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { clusterName, Core } from "../../bench/scale/core.ts";
import { connectDocker, type Docker } from "../../src/swarm/client.ts";
import { observe, observeTasks } from "../../src/swarm/observe.ts";
import { populate } from "../engine/population.ts";
import { listenAt, type SimulatedEngine } from "../engine/server.ts";
import { SimulatedSwarm } from "../engine/swarm.ts";
import type { Service } from "../engine/words.ts";
import { CountingProxy, type Taken } from "./proxy.ts";

/** What an engine was asked. */
export interface Asked {
  /** But for event streams. */
  readonly calls: number;
  /** Of the answers. */
  readonly bytes: number;
  /** Event streams opened. */
  readonly streams: number;
}

/** An engine and a client of it. */
export class Ground implements AsyncDisposable {
  readonly swarm: SimulatedSwarm;
  readonly docker: Docker;
  readonly #engine: SimulatedEngine;
  readonly #folder: string;
  #addresses = 0;

  private constructor(swarm: SimulatedSwarm, docker: Docker, engine: SimulatedEngine, folder: string) {
    this.swarm = swarm;
    this.docker = docker;
    this.#engine = engine;
    this.#folder = folder;
  }

  /** With so many services of five tasks, all running; the same services each time. */
  static async of(services: number): Promise<Ground> {
    const swarm = new SimulatedSwarm({ seed: 1, nodes: 50 });
    populate(swarm, { services, tasks: 5, cluster: clusterName });
    const folder = await mkdtemp(join(tmpdir(), "interlock-gate-"));
    const path = join(folder, "docker.sock");
    const engine = await listenAt(path, swarm);
    const docker = await connectDocker({ url: `unix://${path}`, allowInsecure: false });
    return new Ground(swarm, docker, engine, folder);
  }

  /** Does something and says what the engine was asked meanwhile. */
  async asked(work: () => Promise<unknown>): Promise<Asked> {
    const before = this.#sum();
    await work();
    const after = this.#sum();
    return {
      calls: after.calls - before.calls,
      bytes: after.bytes - before.bytes,
      streams: after.streams - before.streams,
    };
  }

  /** The n-th service. Fails: when there is none. */
  service(n: number): Service {
    const service = this.swarm.services.values()[n];
    if (service === undefined) throw new Error(`there is no service ${n}`);
    return service;
  }

  /** Adds labels (without their beginning) to a service. */
  label(n: number, labels: Readonly<Record<string, string>>): void {
    const { ID, Version, Spec } = this.service(n);
    const more = Object.entries(labels).map(([key, value]) => [`com.docker.lb.${key}`, value]);
    this.swarm.updateService(ID, Version.Index, { ...Spec, Labels: { ...Spec.Labels, ...Object.fromEntries(more) } });
  }

  /** Adds a service like one that is there, with these labels (without their beginning) instead of its own; its tasks run. */
  addService(name: string, labels: Readonly<Record<string, string>>): void {
    const { Spec } = this.service(4);
    const more = { port: "8080", service_cluster: clusterName, ...labels };
    const Labels = Object.fromEntries(Object.entries(more).map(([key, value]) => [`com.docker.lb.${key}`, value]));
    this.swarm.createService({ ...Spec, Name: name, Labels }, "settled");
  }

  /**
   * Gives the first task of a service another address.
   *
   * Why not a roll of the engine: its steps take time, and how many of them one look sees would be chance.
   */
  moveTask(n: number): void {
    const { ID } = this.service(n);
    const task = this.swarm.tasks.all.get(this.swarm.tasks.idsOf(ID)[0] ?? "");
    const attachment = task?.NetworksAttachments?.[0];
    if (task === undefined || attachment === undefined) throw new Error(`service ${n} has no task on a network`);
    this.#addresses += 1;
    const moved = { ...attachment, Addresses: [`10.200.0.${this.#addresses}/19`] };
    this.swarm.tasks.all.put(task.ID, { ...task, NetworksAttachments: [moved] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.swarm.stop();
    await this.docker[Symbol.asyncDispose]();
    await this.#engine[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true });
  }

  #sum(): Asked {
    const { "GET /events": events, ...others } = this.#engine.traffic;
    const all = Object.values(others);
    return {
      calls: all.reduce((sum, one) => sum + one.calls, 0),
      bytes: all.reduce((sum, one) => sum + one.bytes, 0),
      streams: events?.calls ?? 0,
    };
  }
}

/** Some offers, summed. */
export interface Spent extends Omit<Taken, "reload"> {
  readonly offers: number;
  readonly reloads: number;
}

/** Core at work: with an extension, and with proxies. */
export class Running implements AsyncDisposable {
  readonly core: Core;
  readonly proxies: readonly CountingProxy[];
  readonly #ground: Ground;
  readonly #end = new AbortController();
  #parts: Promise<unknown> = Promise.resolve();
  #structures = 0;

  private constructor(core: Core, ground: Ground, proxies: readonly CountingProxy[]) {
    this.core = core;
    this.#ground = ground;
    this.proxies = proxies;
  }

  /** After its first look; proxies may have served for another core before. `options` is more TOML. */
  static async on(
    ground: Ground,
    proxies: readonly CountingProxy[] = [1, 2, 3].map((n) => new CountingProxy(`task-${n}`)),
    options: string = "",
  ): Promise<Running> {
    const running = new Running(new Core(options), ground, proxies);
    const { core } = running;
    const { signal } = running.#end;
    await core.seen(await observe(ground.docker, signal));
    const parts = [core.run(signal), running.#count(signal)];
    running.#parts = Promise.all([...parts, ...proxies.map(async (proxy) => await proxy.follow(core, signal))]);
    await settled();
    return running;
  }

  /** Structures sent to the extension so far. */
  get structures(): number {
    return this.#structures;
  }

  /** Looks at everything, and waits until all who hear of it are done. */
  async look(): Promise<void> {
    await this.core.seen(await observe(this.#ground.docker, this.#end.signal));
    await settled();
  }

  /** Looks at the tasks of a service, and waits likewise. */
  async hotLook(serviceId: string): Promise<void> {
    const { tasks } = await observeTasks(this.#ground.docker, [serviceId], this.#end.signal);
    await this.core.seenTasks(serviceId, tasks);
    await settled();
  }

  /** What each proxy was sent since this was asked last. */
  takenByEach(): readonly Spent[] {
    return this.proxies.map((proxy) => sumOf(proxy.take()));
  }

  /** The same, of any of them. Fails: when not all were sent the same. */
  taken(): Spent {
    const [first, ...others] = this.takenByEach();
    if (first === undefined) throw new Error("there are no proxies");
    assert.deepEqual(others, Array(others.length).fill(first), "not all proxies were sent the same");
    return first;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#parts;
  }

  /** Follows as a second task of the extension would, and returns nothing. */
  async #count(signal: AbortSignal): Promise<void> {
    const page = await this.core.page();
    for await (const next of page.structures(signal, { template: false, changes: false }))
      if (next !== undefined) this.#structures += 1;
  }
}

/** Between a look and a proxy nothing waits but for promises: a turn of the event loop ends them all. A few, should that change a little. */
async function settled(): Promise<void> {
  for (let n = 0; n < 5; n += 1) await turn();
}

function sumOf(taken: readonly Taken[]): Spent {
  const sum = (of: (one: Taken) => number): number => taken.reduce((total, one) => total + of(one), 0);
  return {
    offers: taken.length,
    bytes: sum((one) => one.bytes),
    routes: sum((one) => one.routes),
    endpoints: sum((one) => one.endpoints),
    certificates: sum((one) => one.certificates),
    memories: sum((one) => one.memories),
    rows: sum((one) => one.rows),
    reloads: taken.filter((one) => one.reload).length,
  };
}
