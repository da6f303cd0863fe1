/**
 * The simulated engine keeps the contract of a real one, and what it adds for measuring holds.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test, type TestContext } from "node:test";
import { connectDocker, type Docker } from "../../src/swarm/client.ts";
import { observe } from "../../src/swarm/observe.ts";
import { change } from "../engine/churn.ts";
import { chanceOf } from "../engine/ids.ts";
import { populate } from "../engine/population.ts";
import { listenAt, type SimulatedEngine } from "../engine/server.ts";
import { SimulatedSwarm } from "../engine/swarm.ts";
import { engineContract } from "./engine-contract.ts";
import { Stage, until } from "./engine-stage.ts";

// Long enough to be looked at on a busy machine; an engine takes three seconds to stop a task.
const timings = { startMs: 60, stopMs: 1_500 };
const signal = new AbortController().signal;

describe("a simulated engine", { timeout: 120_000 }, () => {
  const stage = new Stage();
  const swarm = new SimulatedSwarm({ timings });
  let folder = "";
  let engine: SimulatedEngine | undefined;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "interlock-engine-"));
    engine = await listenAt(join(folder, "docker.sock"), swarm);
    await stage.open(join(folder, "docker.sock"));
  });

  after(async () => {
    await stage.close();
    swarm.stop();
    await engine?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  engineContract(stage, false);
});

async function served(t: TestContext, swarm: SimulatedSwarm): Promise<{ docker: Docker; engine: SimulatedEngine }> {
  const folder = await mkdtemp(join(tmpdir(), "interlock-engine-"));
  const engine = await listenAt(join(folder, "docker.sock"), swarm);
  const docker = await connectDocker({ url: `unix://${join(folder, "docker.sock")}`, allowInsecure: false });
  t.after(async () => {
    await docker[Symbol.asyncDispose]();
    swarm.stop();
    await engine[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  return { docker, engine };
}

test("a populated Swarm is whole at the first look: every task runs, at an address of its own", async (t) => {
  const swarm = new SimulatedSwarm({ nodes: 3 });
  populate(swarm, { services: 40, tasks: 5, cluster: "prod" });
  const { docker } = await served(t, swarm);

  const snapshot = await observe(docker, signal);

  const addresses = [...snapshot.tasks].flatMap((task) => task.addresses.map(({ address }) => address));
  assert.equal(snapshot.services.length, 40);
  assert.equal(new Set(addresses).size, 200);
  assert.ok([...snapshot.tasks].every((task) => task.state === "running"));
  assert.ok(snapshot.services.every((service) => service.vips.length === 1));
});

test("start-first is never below the wanted number of running tasks, stop-first is while a slot is replaced", async (t) => {
  for (const Order of ["start-first", "stop-first"]) {
    const swarm = new SimulatedSwarm({ timings: { startMs: 20, stopMs: 20 } });
    t.after(() => swarm.stop());
    const id = swarm.createService(
      { Name: "web", Mode: { Replicated: { Replicas: 3 } }, UpdateConfig: { Order } },
      "settled",
    );
    const service = swarm.services.get(id);
    assert.ok(service);
    const running: number[] = [];
    const look = (): void => {
      const tasks = swarm.tasks.all.values();
      running.push(tasks.filter((task) => task.DesiredState === "running" && task.Status.State === "running").length);
    };

    swarm.updateService(id, service.Version.Index, { ...service.Spec, TaskTemplate: { ForceUpdate: 1 } });
    await until("rolled", () => {
      look();
      return swarm.services.get(id)?.UpdateStatus?.State === "completed" || undefined;
    });

    assert.equal(Math.min(...running), Order === "start-first" ? 3 : 2);
  }
});

test("the same seed makes the same Swarm and the same changes", () => {
  const told = [1, 2].map(() => {
    const swarm = new SimulatedSwarm({ seed: 7 });
    populate(swarm, { services: 20, tasks: 2, cluster: "prod" });
    const ids = swarm.services.values().map((service) => service.ID);
    const chance = chanceOf(8);
    for (let n = 0; n < 30; n += 1) change(swarm, ids, chance);
    swarm.stop();
    return swarm.services.values().map(({ ID, Spec }) => ({ ID, Spec }));
  });

  assert.deepEqual(told[0], told[1]);
});

test("a filter it does not know, and a path it does not simulate, are refused rather than answered wrongly", async (t) => {
  const { docker } = await served(t, new SimulatedSwarm());

  await assert.rejects(docker.hasImage("busybox"), { code: "DOCKER_REFUSED", message: /not simulated/ });
  await assert.rejects(docker.tasks({ services: ["nobody"] }), { code: "DOCKER_NOT_FOUND" });
});

test("the traffic is counted by what was asked", async (t) => {
  const { docker, engine } = await served(t, new SimulatedSwarm());

  await observe(docker, signal);

  assert.equal(engine.traffic["GET /services"]?.calls, 1);
  assert.equal(
    Object.values(engine.traffic).reduce((sum, { calls }) => sum + calls, 0),
    7,
  );
});
