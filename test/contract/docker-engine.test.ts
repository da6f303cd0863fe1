/**
 * The client and the watch against a real engine in Swarm mode.
 *
 * INTERLOCK_DOCKER_SOCKET: path of a manager's socket. Without it everything here is skipped.
 * INTERLOCK_DOCKER_RESTART: a shell command that ends that engine and starts it again, returning when it answers. Without it
 * the restart is skipped; a broken connection is tried either way.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { pino } from "pino";
import type { Snapshot, SwarmTask } from "../../src/model/snapshot.ts";
import { connectDocker, type Docker } from "../../src/swarm/client.ts";
import { observe, observeTasks } from "../../src/swarm/observe.ts";
import { runOnce } from "../../src/swarm/oneshot.ts";
import { findSelf } from "../../src/swarm/self.ts";
import { Watch, type WatchOptions } from "../../src/swarm/watch.ts";

const socket = process.env["INTERLOCK_DOCKER_SOCKET"] ?? "";
const restart = process.env["INTERLOCK_DOCKER_RESTART"] ?? "";
const skip = socket === "" ? "INTERLOCK_DOCKER_SOCKET is not set" : false;
const run = promisify(execFile);
const signal = new AbortController().signal;
const log = pino({ level: "silent" });

const prefix = `contract-${randomBytes(3).toString("hex")}`;
const image = "interlock-contract:1";
/** Ends at once when told to; a plain `sleep` as process 1 would not hear SIGTERM. */
const patient = ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"];

async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>, ms = 90_000): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited ${ms} ms in vain: ${what}`);
    await delay(10);
  }
}

function specOf(name: string, replicas: number, network?: string, extra: object = {}): object {
  return {
    Name: `${prefix}-${name}`,
    Labels: { "com.docker.lb.port": "8080" },
    TaskTemplate: {
      ContainerSpec: { Image: image, Args: patient, ...extra },
      Networks: network === undefined ? [] : [{ Target: network }],
      RestartPolicy: { Condition: "any", Delay: 0 },
      // The image exists on this engine's node only.
      Placement: { Constraints: ["node.role==manager"] },
    },
    Mode: { Replicated: { Replicas: replicas } },
    EndpointSpec: { Mode: "dnsrr" },
  };
}

/** A static busybox as an image, without a registry. */
async function makeImage(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "interlock-image-"));
  const script = `mkdir -p bin tmp etc && cp "$1" bin/busybox && for a in sh sleep echo; do ln -s busybox bin/$a; done &&
    tar -c . | docker -H "unix://$2" import - "$3"`;
  try {
    await run("sh", ["-ec", script, "sh", "/bin/busybox", socket, image], { cwd: folder });
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("a real engine", { timeout: 900_000 }, () => {
  let docker: Docker;
  let networkId: string;

  before(async () => {
    if (skip !== false) return;
    docker = await connectDocker({ url: `unix://${socket}`, allowInsecure: false });
    if (!(await docker.hasImage(image))) {
      assert.ok(existsSync("/bin/busybox"), "busybox-static is needed to make an image");
      await makeImage();
    }
    ({ id: networkId } = await docker.createNetwork({ name: `${prefix}-net`, labels: { a: "b" }, attachable: true }));
  });

  after(async () => {
    if (skip !== false) return;
    const services = (await docker.services()).filter((service) => service.name.startsWith(prefix));
    for (const service of services) await docker.removeService(service.id);
    const configs = (await docker.configs()).filter((config) => config.name.startsWith(prefix));
    for (const config of configs)
      await until("config removed", async () => await succeeds(docker.removeConfig(config.id)));
    await until("network removed", async () => await succeeds(docker.removeNetwork(networkId)));
    await docker[Symbol.asyncDispose]();
  });

  test("a service is created, found, updated with its version, and removed", { skip }, async () => {
    const { id } = await docker.createService(specOf("life", 1, networkId));
    const created = await docker.service(id);
    const live = await docker.inspectService(id);

    await docker.updateService(id, live.version, { ...live.spec, Labels: { changed: "yes" } });
    await assert.rejects(docker.updateService(id, live.version, live.spec), { code: "DOCKER_CONFLICT" });
    await assert.rejects(docker.createService(specOf("life", 1)), { code: "DOCKER_CONFLICT" });
    const changed = await docker.service(`${prefix}-life`);
    await docker.removeService(id);

    assert.deepEqual(created.networks, [networkId]);
    assert.deepEqual(created.mode, { kind: "replicated", replicas: 1 });
    assert.deepEqual(changed.labels, { changed: "yes" });
    assert.ok(changed.version > created.version);
    await assert.rejects(docker.service(id), { code: "DOCKER_NOT_FOUND" });
  });

  test("a look has everything, sorted by id", { skip }, async () => {
    const snapshot = await observe(docker, signal);

    assert.ok(snapshot.nodes.some((node) => node.role === "manager" && node.state === "ready"));
    assert.ok(snapshot.networks.some((network) => network.id === networkId && network.labels["a"] === "b"));
    assert.ok(snapshot.networks.some((network) => network.ingress));
    for (const list of Object.values(snapshot)) {
      const ids = (list as readonly { id: string }[]).map((element) => element.id);
      assert.deepEqual(ids, ids.toSorted());
    }
  });

  test(
    "a config is made, read and removed; what is in use is refused with the engine's sentence",
    { skip },
    async () => {
      const name = `${prefix}-conf`;
      await docker.createConfig({ name, labels: { a: "b" }, content: 'x = "ü"\n' });
      const config = await docker.config(name);
      await assert.rejects(docker.createConfig({ name, labels: {}, content: "y" }), { code: "DOCKER_CONFLICT" });
      const file = { Name: "/config.toml", UID: "0", GID: "0", Mode: 0o444 };
      const mounted = { Configs: [{ ConfigID: config.id, ConfigName: name, File: file }] };
      const { id } = await docker.createService(specOf("conf", 1, networkId, mounted));

      await assert.rejects(docker.removeConfig(name), { code: "DOCKER_REFUSED", message: /in use/ });
      assert.equal(config.content, 'x = "ü"\n');
      assert.deepEqual((await docker.service(id)).configs, [name]);

      const task = await until("task runs", async () => {
        const [first] = await docker.tasks({ services: [id], desiredStates: ["running"] });
        return first?.state === "running" ? first : undefined;
      });
      const containerId = await containerOf(task);
      const self = await findSelf(docker, "/config.toml", signal, { mountinfo: "", cgroup: "", hostname: containerId });
      assert.equal(self.task?.taskId, task.id);
      assert.equal(self.task?.serviceName, `${prefix}-conf`);
      assert.equal(self.task?.image, image);
      assert.equal(self.task?.configName, name);
      assert.equal(self.task?.controlNetwork?.id, networkId);
      const elsewhere = { mountinfo: "", cgroup: "", hostname: "0123456789ab" };
      assert.deepEqual(await findSelf(docker, "/config.toml", signal, elsewhere), {});
    },
  );

  test(
    "a one-shot container runs on a network, its outputs and exit code come back, and it is gone",
    { skip },
    async () => {
      const output: string[] = [];
      const command = ["sh", "-c", "echo out; echo error >&2; exit 3"];
      const shot = { image, command, network: `${prefix}-net`, labels: {} };

      const code = await runOnce(
        docker,
        shot,
        ({ from, bytes }) => output.push(`${from}: ${bytes.toString().trim()}`),
        signal,
      );
      const noImage = runOnce(docker, { ...shot, image: "interlock-none:1" }, () => {}, signal);

      assert.equal(code, 3);
      assert.deepEqual(output.toSorted(), ["stderr: error", "stdout: out"]);
      await assert.rejects(noImage, { code: "DOCKER_NOT_FOUND", message: /interlock-none/ });
      const caller = new AbortController();
      const ended = runOnce(docker, { ...shot, command: patient }, () => {}, caller.signal);
      setTimeout(() => caller.abort(), 1_000);
      await assert.rejects(ended, { name: "AbortError" });
    },
  );

  test("one vanished service does not spoil a look at the tasks of others", { skip }, async () => {
    const { id } = await docker.createService(specOf("stays", 1, networkId));
    const { id: gone } = await docker.createService(specOf("goes", 1, networkId));
    await until("task exists", async () => (await docker.tasks({ services: [id] })).length > 0 || undefined);
    await docker.removeService(gone);

    const look = await observeTasks(docker, [gone, id].toSorted(), signal);

    assert.deepEqual(look.gone, [gone]);
    assert.deepEqual([...new Set(look.tasks.map((task) => task.serviceId))], [id]);
  });

  test("a change is seen within moments, although the poll is far away", { skip }, async (t) => {
    await watching(docker, {}, async ({ latest }) => {
      const { id } = await docker.createService(specOf("seen", 1, networkId));
      const createdAt = performance.now();
      await until("service seen", () => latest().services.some((service) => service.id === id) || undefined);
      const seenMs = performance.now() - createdAt;
      await until("task runs", () => runningTasks(latest(), id).length === 1 || undefined);

      const latencies: number[] = [];
      for (let i = 0; i < 10; i += 1) {
        const { version, spec } = await docker.inspectService(id);
        const labels = { "com.docker.lb.hosts": `h${i}.example` };
        const startedAt = performance.now();
        await docker.updateService(id, version, { ...spec, Labels: labels });
        await until("label seen", () => {
          const service = latest().services.find((service) => service.id === id);
          return service?.labels["com.docker.lb.hosts"] === `h${i}.example` || undefined;
        });
        latencies.push(Math.round(performance.now() - startedAt));
      }
      t.diagnostic(`create → snapshot ${Math.round(seenMs)} ms; label update → snapshot ${latencies.join(", ")} ms`);
      assert.ok(Math.max(...latencies) < 5_000);
    });
  });

  test("a task leaves the snapshot while its container still runs: drain before stop", { skip }, async (t) => {
    const { id } = await docker.createService(specOf("drain", 3, networkId));
    await watching(docker, {}, async ({ latest }) => {
      await until("three tasks run", () => runningTasks(latest(), id).length === 3 || undefined);
      const before = runningTasks(latest(), id);
      const { version, spec } = await docker.inspectService(id);

      const startedAt = performance.now();
      await docker.updateService(id, version, { ...spec, Mode: { Replicated: { Replicas: 2 } } });
      await until("one task left", () => runningTasks(latest(), id).length === 2 || undefined);
      const leftMs = Math.round(performance.now() - startedAt);

      const kept = new Set(runningTasks(latest(), id).map((task) => task.id));
      const left = before.find((task) => !kept.has(task.id));
      const now = (await docker.tasks({ services: [id] })).find((task) => task.id === left?.id);
      t.diagnostic(`scale down → gone from the snapshot ${leftMs} ms, its container then: ${now?.state ?? "gone"}`);
      assert.equal(now?.state, "running");
      assert.notEqual(now?.desiredState, "running");
    });
  });

  test("each step of a rolling update is seen, although no event marks it", { skip }, async (t) => {
    const { id } = await docker.createService(specOf("roll", 2, networkId));
    await watching(docker, {}, async ({ latest }) => {
      await until("two tasks run", () => runningTasks(latest(), id).length === 2 || undefined);
      const old = new Set(runningTasks(latest(), id).map((task) => task.id));
      const { version, spec } = await docker.inspectService(id);
      const template = spec["TaskTemplate"] as object;

      const startedAt = performance.now();
      await docker.updateService(id, version, { ...spec, TaskTemplate: { ...template, ForceUpdate: 1 } });
      const steps: string[] = [];
      await until(
        "two new tasks run",
        () => {
          const tasks = runningTasks(latest(), id);
          const step = `${tasks.filter((task) => old.has(task.id)).length} old ${tasks.filter((task) => !old.has(task.id)).length} new`;
          if (!(steps.at(-1) ?? "").endsWith(step))
            steps.push(`${Math.round(performance.now() - startedAt)} ms: ${step}`);
          return step === "0 old 2 new" || undefined;
        },
        60_000,
      );
      t.diagnostic(steps.join(" → "));
      assert.ok(steps.some((step) => step.endsWith("1 old 0 new") || step.endsWith("1 old 1 new")));
    });
  });

  test(
    "when the connection to the engine breaks, the last snapshot stands, and the watch resumes by itself",
    { skip },
    async () => {
      await using relay = await relayTo(socket);
      await using relayed = await connectDocker({ url: `unix://${relay.path}`, allowInsecure: false });
      await watching(relayed, { pollIntervalMs: 500 }, async ({ latest, watch }) => {
        const before = latest();

        await relay.break();
        await until("failure told", () => watch.state().failure);
        assert.equal(latest(), before);
        const { id } = await docker.createService(specOf("later", 1, networkId));
        await relay.mend();
        await until("service seen", () => latest().services.some((service) => service.id === id) || undefined);
        assert.equal(watch.state().failure, undefined);

        // Half an answer: every connection ends after 300 bytes, in the middle of every list.
        const whole = latest();
        relay.mostBytes = 300;
        watch.poke();
        await until("failure told", () => watch.state().failure);
        await delay(1_000);
        assert.equal(latest(), whole);
        relay.mostBytes = Infinity;
        await until("recovered", () => watch.state().failure === undefined || undefined);
      });
    },
  );

  test(
    "when the engine restarts, the last snapshot stands, and the watch resumes by itself",
    {
      skip: skip === false && restart === "" ? "INTERLOCK_DOCKER_RESTART is not set" : skip,
    },
    async (t) => {
      const failures: string[] = [];
      const onFailure: WatchOptions["onFailure"] = ({ error }) => failures.push(String(error));
      await watching(docker, { pollIntervalMs: 1_000, onFailure }, async ({ latest, watch, count }) => {
        const services = latest().services.map((service) => service.id);
        const least = { services: Infinity, count: count() };
        const timer = setInterval(() => (least.services = Math.min(least.services, latest().services.length)), 5);
        const startedAt = performance.now();

        await run("sh", ["-c", restart]);
        const { id } = await until(
          "engine answers",
          async () => {
            try {
              return await docker.createService(specOf("restarted", 1, networkId));
            } catch {
              return undefined;
            }
          },
          60_000,
        );
        await until("service seen", () => latest().services.some((service) => service.id === id) || undefined);
        clearInterval(timer);

        t.diagnostic(
          `${Math.round(performance.now() - startedAt)} ms, ${failures.length} failed looks: ${[...new Set(failures)].join(" | ")}`,
        );
        assert.ok(failures.length > 0);
        assert.equal(watch.state().failure, undefined);
        assert.equal(least.services, services.length, "a service went missing while the engine restarted");
      });
    },
  );

  /** The id of a task's container: the model has none, we ask the command line. */
  async function containerOf(task: SwarmTask): Promise<string> {
    const { stdout } = await run("docker", [
      "-H",
      `unix://${socket}`,
      "ps",
      "-q",
      "--filter",
      `label=com.docker.swarm.task.id=${task.id}`,
    ]);
    return stdout.trim();
  }
});

function runningTasks(snapshot: Snapshot, serviceId: string): readonly SwarmTask[] {
  return snapshot.tasks.filter((task) => task.serviceId === serviceId && task.state === "running");
}

async function succeeds(attempt: Promise<void>): Promise<true | undefined> {
  return await attempt.then(
    () => true,
    () => undefined,
  );
}

interface Watching {
  readonly watch: Watch;
  /** The last snapshot told. */
  readonly latest: () => Snapshot;
  readonly count: () => number;
}

/** Runs a watch while the story lasts. */
async function watching(
  docker: Docker,
  options: Partial<WatchOptions>,
  story: (watching: Watching) => Promise<void>,
): Promise<void> {
  const end = new AbortController();
  const snapshots: Snapshot[] = [];
  const onSnapshot = (snapshot: Snapshot): void => void snapshots.push(snapshot);
  const watch = new Watch(docker, { pollIntervalMs: 60_000, onSnapshot, log, ...options });
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

/** A socket in front of the engine's that can be broken. */
async function relayTo(target: string) {
  const folder = await mkdtemp(join(tmpdir(), "interlock-relay-"));
  const path = join(folder, "docker.sock");
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  const relay = {
    path,
    /** After this many bytes of answers a connection ends. */
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
