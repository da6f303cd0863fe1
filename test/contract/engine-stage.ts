/**
 * What a test of an engine needs: a client, a network, services that cost little, a watch, a connection that can be broken.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import type { Snapshot, SwarmTask } from "../../src/model/snapshot.ts";
import { connectDocker, type Docker } from "../../src/swarm/client.ts";
import { Watch, type WatchOptions } from "../../src/swarm/watch.ts";

/** The image of every service here. */
export const contractImage = "interlock-contract:1";

/** Ends at once when told to; a plain `sleep` as process 1 would not hear SIGTERM. */
export const patient: readonly string[] = ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"];

/** Waits until a look finds something. Fails: when it has not after `ms`. */
export async function until<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  ms = 90_000,
): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited ${ms} ms in vain: ${what}`);
    await delay(10);
  }
}

/** One engine while it is tested; everything made there has names of this run's own. */
export class Stage {
  readonly prefix: string = `contract-${randomBytes(3).toString("hex")}`;
  #socket = "";
  #docker: Docker | undefined;
  #networkId = "";

  get socket(): string {
    return this.#socket;
  }

  get docker(): Docker {
    assert.ok(this.#docker, "the stage is not open");
    return this.#docker;
  }

  /** A network of this run. */
  get networkId(): string {
    return this.#networkId;
  }

  /** Connects, and makes the network. */
  async open(socket: string): Promise<void> {
    this.#socket = socket;
    this.#docker = await connectDocker({ url: `unix://${socket}`, allowInsecure: false });
    const network = { name: `${this.prefix}-net`, labels: { a: "b" }, attachable: true };
    ({ id: this.#networkId } = await this.#docker.createNetwork(network));
  }

  /** Removes what this run made. */
  async close(): Promise<void> {
    const { docker, prefix } = this;
    const services = (await docker.services()).filter((service) => service.name.startsWith(prefix));
    for (const service of services) await docker.removeService(service.id);
    const configs = (await docker.configs()).filter((config) => config.name.startsWith(prefix));
    for (const config of configs)
      await until("config removed", async () => await succeeds(docker.removeConfig(config.id)));
    await until("network removed", async () => await succeeds(docker.removeNetwork(this.networkId)));
    await docker[Symbol.asyncDispose]();
  }

  /** A service of so many tasks. */
  specOf(name: string, replicas: number, network?: string, extra: object = {}): object {
    return {
      Name: `${this.prefix}-${name}`,
      Labels: { "com.docker.lb.port": "8080" },
      TaskTemplate: {
        ContainerSpec: { Image: contractImage, Args: patient, ...extra },
        Networks: network === undefined ? [] : [{ Target: network }],
        RestartPolicy: { Condition: "any", Delay: 0 },
        // The image exists on this engine's node only.
        Placement: { Constraints: ["node.role==manager"] },
      },
      Mode: { Replicated: { Replicas: replicas } },
      EndpointSpec: { Mode: "dnsrr" },
    };
  }
}

/** The tasks of a service that run. */
export function runningTasks(snapshot: Snapshot, serviceId: string): readonly SwarmTask[] {
  return snapshot.tasks.filter((task) => task.serviceId === serviceId && task.state === "running");
}

/** True when it does, `undefined` when it fails. */
export async function succeeds(attempt: Promise<void>): Promise<true | undefined> {
  return await attempt.then(
    () => true,
    () => undefined,
  );
}

/** A watch that runs. */
export interface Watching {
  readonly watch: Watch;
  /** The last snapshot told. */
  readonly latest: () => Snapshot;
  readonly count: () => number;
}

/** Runs a watch while the story lasts. */
export async function watching(
  docker: Docker,
  options: Partial<WatchOptions>,
  story: (watching: Watching) => Promise<void>,
): Promise<void> {
  const end = new AbortController();
  const snapshots: Snapshot[] = [];
  const onSnapshot = (snapshot: Snapshot): void => void snapshots.push(snapshot);
  const watch = new Watch(docker, { pollIntervalMs: 60_000, onSnapshot, log: pino({ level: "silent" }), ...options });
  const done = watch.run(end.signal);
  try {
    await until("first snapshot", () => snapshots.at(-1));
    const latest = (): Snapshot => {
      const last = snapshots.at(-1);
      assert.ok(last);
      return last;
    };
    await story({ watch, latest, count: () => snapshots.length });
  } finally {
    end.abort();
    await done;
  }
}

/** A socket in front of another that can be broken. */
export interface Relay extends AsyncDisposable {
  readonly path: string;
  /** After this many bytes of answers a connection ends. */
  mostBytes: number;
  mend(): Promise<void>;
  break(): Promise<void>;
}

/** Puts a socket in front of an engine's. */
export async function relayTo(target: string): Promise<Relay> {
  const folder = await mkdtemp(join(tmpdir(), "interlock-relay-"));
  const path = join(folder, "docker.sock");
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  const relay = {
    path,
    mostBytes: Infinity,
    async mend() {
      server = createServer((near) => {
        const far = connect(target);
        let left = relay.mostBytes;
        for (const socket of [near, far]) {
          sockets.add(socket);
          socket.on("error", () => {});
          socket.on("close", () => (near.destroy(), far.destroy(), sockets.delete(socket)));
        }
        near.pipe(far);
        far.on("data", (bytes) => {
          left = Math.min(left, relay.mostBytes);
          if (bytes.length > left) near.end(bytes.subarray(0, left));
          else near.write(bytes);
          left -= bytes.length;
        });
      });
      await new Promise<void>((resolve) => server?.listen(path, resolve));
    },
    async break() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server?.close(resolve));
    },
    async [Symbol.asyncDispose]() {
      await relay.break();
      await rm(folder, { recursive: true });
    },
  };
  await relay.mend();
  return relay;
}
