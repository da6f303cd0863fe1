import assert from "node:assert/strict";
import { test } from "node:test";
import { InterlockError } from "../model/errors.ts";
import type { SwarmService, SwarmTask } from "../model/snapshot.ts";
import type { TaskFilter } from "./client.ts";
import { observe, observeTasks, type Observed } from "./observe.ts";

const signal = new AbortController().signal;

function serviceOf(id: string): SwarmService {
  const nothing = { networks: [], ports: [], vips: [], configs: [], labels: {} };
  return { id, name: id, createdAt: "", version: 1, image: "", mode: { kind: "global" }, ...nothing };
}

function taskOf(id: string, serviceId: string): SwarmTask {
  return { id, serviceId, state: "running", desiredState: "running", addresses: [], hostPorts: [] };
}

/** An engine that knows these services, each with one task, and notes what it is asked. */
function engineOf(ids: readonly string[], asked: unknown[] = []): Observed {
  return {
    services: async () => ids.map(serviceOf),
    servicesById: async (wanted) => {
      asked.push("servicesById");
      return ids.filter((id) => wanted.includes(id)).map(serviceOf);
    },
    tasks: async (filter: TaskFilter) => {
      asked.push(filter.services ?? "all");
      const missing = filter.services?.find((id) => !ids.includes(id));
      if (missing !== undefined) throw new InterlockError("DOCKER_NOT_FOUND", `service ${missing} not found`);
      return (filter.services ?? ids).map((id) => taskOf(`t-${id}`, id));
    },
    networks: async () => [],
    nodes: async () => [],
    configs: async () => [],
    secrets: async () => [],
  };
}

test("one list that fails makes the whole look fail", async () => {
  const docker = {
    ...engineOf(["a"]),
    secrets: async () => await Promise.reject(new InterlockError("DOCKER_REFUSED", "no")),
  };

  await assert.rejects(observe(docker, signal), { code: "DOCKER_REFUSED" });
});

test("a list that fails ends the others of its look; they would hold their connections until the deadline", async () => {
  const ended: string[] = [];
  const docker = {
    ...engineOf(["a"]),
    tasks: async (_: TaskFilter, each?: AbortSignal) =>
      await new Promise<never>((_resolve, reject) => {
        each?.addEventListener("abort", () => {
          ended.push("tasks");
          reject(new Error("abandoned"));
        });
      }),
    nodes: async () => await Promise.reject(new InterlockError("DOCKER_REFUSED", "no")),
  };

  await assert.rejects(observe(docker, signal), { code: "DOCKER_REFUSED" });
  assert.deepEqual(ended, ["tasks"]);
});

test("a vanished service is told as gone, and the others' tasks are seen all the same", async () => {
  const asked: unknown[] = [];

  const look = await observeTasks(engineOf(["a", "c"], asked), ["a", "b", "c"], signal);

  assert.deepEqual(look.gone, ["b"]);
  assert.deepEqual(
    look.tasks.map((task) => task.serviceId),
    ["a", "c"],
  );
  assert.deepEqual(asked, [["a", "b", "c"], "servicesById", ["a", "c"]]);
});

test("the tasks of very many services are one list of all tasks", async () => {
  const ids = Array.from({ length: 300 }, (_, i) => `s${i}`);
  const asked: unknown[] = [];

  const look = await observeTasks(engineOf([...ids, "other"], asked), ids, signal);

  assert.equal(look.tasks.length, 300);
  assert.deepEqual(asked, ["all"]);
});
