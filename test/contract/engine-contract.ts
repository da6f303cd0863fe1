/**
 * What Interlock relies on of an engine: the same tests for a real one and for the simulated one, so that what is measured over the latter
 * holds. What needs containers (our own task, one-shot containers) or a process to restart is tested on a real engine only.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { connectDocker } from "../../src/swarm/client.ts";
import { observe, observeTasks } from "../../src/swarm/observe.ts";
import { relayTo, runningTasks, type Stage, until, watching } from "./engine-stage.ts";

const signal = new AbortController().signal;

/** Declares the tests; `stage` is open when they run. */
export function engineContract(stage: Stage, skip: string | false): void {
  test("a service is created, found, updated with its version, and removed", { skip }, async () => {
    const { id } = await stage.docker.createService(stage.specOf("life", 1, stage.networkId));
    const created = await stage.docker.service(id);
    const live = await stage.docker.inspectService(id);

    await stage.docker.updateService(id, live.version, { ...live.spec, Labels: { changed: "yes" } });
    await assert.rejects(stage.docker.updateService(id, live.version, live.spec), { code: "DOCKER_CONFLICT" });
    await assert.rejects(stage.docker.createService(stage.specOf("life", 1)), { code: "DOCKER_CONFLICT" });
    const changed = await stage.docker.service(`${stage.prefix}-life`);
    await stage.docker.removeService(id);

    assert.deepEqual(created.networks, [stage.networkId]);
    assert.deepEqual(created.mode, { kind: "replicated", replicas: 1 });
    assert.deepEqual(changed.labels, { changed: "yes" });
    assert.ok(changed.version > created.version);
    await assert.rejects(stage.docker.service(id), { code: "DOCKER_NOT_FOUND" });
  });

  test("a look has everything, sorted by id", { skip }, async () => {
    const snapshot = await observe(stage.docker, signal);

    assert.ok(snapshot.nodes.some((node) => node.role === "manager" && node.state === "ready"));
    assert.ok(snapshot.networks.some((network) => network.id === stage.networkId && network.labels["a"] === "b"));
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
      const name = `${stage.prefix}-conf`;
      await stage.docker.createConfig({ name, labels: { a: "b" }, content: 'x = "ü"\n' });
      const config = await stage.docker.config(name);
      await assert.rejects(stage.docker.createConfig({ name, labels: {}, content: "y" }), { code: "DOCKER_CONFLICT" });
      const empty = stage.docker.createConfig({ name: `${name}-empty`, labels: {}, content: "" });
      await assert.rejects(empty, { code: "DOCKER_REFUSED", message: /larger than 0/ });
      const file = { Name: "/config.toml", UID: "0", GID: "0", Mode: 0o444 };
      const mounted = { Configs: [{ ConfigID: config.id, ConfigName: name, File: file }] };
      const { id } = await stage.docker.createService(stage.specOf("conf", 1, stage.networkId, mounted));

      await assert.rejects(stage.docker.removeConfig(name), { code: "DOCKER_REFUSED", message: /in use/ });
      assert.equal(config.content, 'x = "ü"\n');
      assert.deepEqual((await stage.docker.service(id)).configs, [name]);
    },
  );

  test("one vanished service does not spoil a look at the tasks of others", { skip }, async () => {
    const { id } = await stage.docker.createService(stage.specOf("stays", 1, stage.networkId));
    const { id: gone } = await stage.docker.createService(stage.specOf("goes", 1, stage.networkId));
    await until("task exists", async () => (await stage.docker.tasks({ services: [id] })).length > 0 || undefined);
    await stage.docker.removeService(gone);

    const look = await observeTasks(stage.docker, [gone, id].toSorted(), signal);

    assert.deepEqual(look.gone, [gone]);
    assert.deepEqual([...new Set(look.tasks.map((task) => task.serviceId))], [id]);
  });

  test("a change is seen within moments, although the poll is far away", { skip }, async (t) => {
    await watching(stage.docker, {}, async ({ latest }) => {
      const { id } = await stage.docker.createService(stage.specOf("seen", 1, stage.networkId));
      const createdAt = performance.now();
      await until("service seen", () => latest().services.some((service) => service.id === id) || undefined);
      const seenMs = performance.now() - createdAt;
      await until("task runs", () => runningTasks(latest(), id).length === 1 || undefined);

      const latencies: number[] = [];
      for (let i = 0; i < 10; i += 1) {
        const { version, spec } = await stage.docker.inspectService(id);
        const labels = { "com.docker.lb.hosts": `h${i}.example` };
        const startedAt = performance.now();
        await stage.docker.updateService(id, version, { ...spec, Labels: labels });
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
    const { id } = await stage.docker.createService(stage.specOf("drain", 3, stage.networkId));
    await watching(stage.docker, {}, async ({ latest }) => {
      await until("three tasks run", () => runningTasks(latest(), id).length === 3 || undefined);
      const before = runningTasks(latest(), id);
      const { version, spec } = await stage.docker.inspectService(id);

      const startedAt = performance.now();
      await stage.docker.updateService(id, version, { ...spec, Mode: { Replicated: { Replicas: 2 } } });
      await until("one task left", () => runningTasks(latest(), id).length === 2 || undefined);
      const leftMs = Math.round(performance.now() - startedAt);

      const kept = new Set(runningTasks(latest(), id).map((task) => task.id));
      const left = before.find((task) => !kept.has(task.id));
      const now = (await stage.docker.tasks({ services: [id] })).find((task) => task.id === left?.id);
      t.diagnostic(`scale down → gone from the snapshot ${leftMs} ms, its container then: ${now?.state ?? "gone"}`);
      assert.equal(now?.state, "running");
      assert.notEqual(now?.desiredState, "running");
    });
  });

  test("each step of a rolling update is seen, although no event marks it", { skip }, async (t) => {
    const { id } = await stage.docker.createService(stage.specOf("roll", 2, stage.networkId));
    await watching(stage.docker, {}, async ({ latest }) => {
      await until("two tasks run", () => runningTasks(latest(), id).length === 2 || undefined);
      const old = new Set(runningTasks(latest(), id).map((task) => task.id));
      const { version, spec } = await stage.docker.inspectService(id);
      const template = spec["TaskTemplate"] as object;

      const startedAt = performance.now();
      await stage.docker.updateService(id, version, { ...spec, TaskTemplate: { ...template, ForceUpdate: 1 } });
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
      await using relay = await relayTo(stage.socket);
      await using relayed = await connectDocker({ url: `unix://${relay.path}`, allowInsecure: false });
      await watching(relayed, { pollIntervalMs: 500 }, async ({ latest, watch }) => {
        const before = latest();

        await relay.break();
        await until("failure told", () => watch.state().failure);
        assert.equal(latest(), before);
        const { id } = await stage.docker.createService(stage.specOf("later", 1, stage.networkId));
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
}
