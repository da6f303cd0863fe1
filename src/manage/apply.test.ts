import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { InterlockError } from "../model/errors.ts";
import type { Logger } from "../telemetry/log.ts";
import { apply } from "./apply.ts";
import type { LiveService, ServiceEngine, ServiceSpec } from "./engine.ts";
import { configOf, context } from "./fixtures.ts";
import { proxySpec, specHash } from "./spec.ts";
import { noMemory, type Step } from "./step.ts";

const spec = proxySpec(configOf("dev"), [], context);
const create: Step = { kind: "createService", name: "new", spec, why: "it is missing" };
const update: Step = { kind: "updateService", name: "proxy", id: "p", version: 3, spec, why: "it changed" };
const join: Step = { kind: "setNetworks", name: "proxy", id: "p", version: 3, networks: ["a", "b"], why: "it joins b" };
const remove: Step = { kind: "removeService", name: "old", id: "o", why: "nobody wants it" };
const never = new AbortController().signal;

/** An engine that notes what it is asked and refuses some of it. */
function engineThat(
  refuses: Readonly<Record<string, InterlockError>> = {},
  live: LiveService = { version: 3, spec: {} },
) {
  const calls: (readonly [string, unknown])[] = [];
  async function answer<T>(call: string, noted: unknown, value: T): Promise<T> {
    calls.push([call, noted]);
    const error = refuses[call];
    return error === undefined ? value : Promise.reject(error);
  }
  const engine: ServiceEngine = {
    createService: (wanted) => answer("create", wanted.Name, { id: "x" }),
    updateService: (id, version, wanted: ServiceSpec | LiveService["spec"]) =>
      answer("update", [id, version, wanted], undefined),
    inspectService: (id) => answer("inspect", id, live),
    removeService: (id) => answer("remove", id, undefined),
  };
  return { engine, calls };
}

/** A logger and the messages it got. */
function listening(): { log: Logger; lines: { msg: string; why?: string }[] } {
  const lines: { msg: string; why?: string }[] = [];
  const log = pino(
    { level: "info" },
    { write: (line: string) => void lines.push(JSON.parse(line) as { msg: string }) },
  );
  return { log, lines };
}

void test("steps are done in order, and each is logged with its reason", async () => {
  const { engine, calls } = engineThat();
  const { log, lines } = listening();

  const { done, memory } = await apply(engine, [create, update, remove], noMemory, log, never);

  deepEqual(
    calls.map(([call]) => call),
    ["create", "inspect", "update", "remove"],
  );
  deepEqual(done, [create, update, remove]);
  deepEqual(
    lines.map(({ msg, why }) => [msg, why]),
    [
      ["Service created", "it is missing"],
      ["Service updated", "it changed"],
      ["Service removed", "nobody wants it"],
    ],
  );
  equal(memory.attempted.get("proxy")?.spec, specHash(spec));
});

void test("joining a network leaves everything else of the live spec as it is", async () => {
  const live = {
    version: 3,
    spec: { Name: "proxy", Mode: { Replicated: { Replicas: 7 } }, TaskTemplate: { ForceUpdate: 2, Networks: [] } },
  };
  const { engine, calls } = engineThat({}, live);

  const { memory } = await apply(engine, [join], noMemory, listening().log, never);

  deepEqual(calls[1], [
    "update",
    ["p", 3, { ...live.spec, TaskTemplate: { ForceUpdate: 2, Networks: [{ Target: "a" }, { Target: "b" }] } }],
  ]);
  deepEqual(memory.attempted.get("proxy"), { version: 3, networks: "a,b" });
});

void test("a docker config that comes with a network is mounted first", async () => {
  const live = {
    version: 3,
    spec: { TaskTemplate: { ContainerSpec: { Image: "i", Configs: [{ ConfigName: "theirs" }] } } },
  };
  const { engine, calls } = engineThat({}, live);
  const file = { Name: "/etc/interlock/nginx.conf", UID: "0", GID: "0", Mode: 0o444 };
  const config = { ConfigID: "c", ConfigName: "com.docker.interlock.proxy.1", File: file };

  await apply(engine, [{ ...join, config }], noMemory, listening().log, never);

  deepEqual(calls[1]?.[1], [
    "p",
    3,
    {
      TaskTemplate: {
        ContainerSpec: { Image: "i", Configs: [config, { ConfigName: "theirs" }] },
        Networks: [{ Target: "a" }, { Target: "b" }],
      },
    },
  ]);
});

void test("a refused step becomes a trouble with a remedy and stops nothing; it is logged once", async () => {
  const sentence = "port '8080' is already in use by service 'web' (x) as an ingress port";
  const error = new InterlockError("DOCKER_REFUSED", `the Docker engine refused it: ${sentence}`, {
    details: { sentence },
  });
  const { engine, calls } = engineThat({ create: error });
  const { log, lines } = listening();

  const first = await apply(engine, [create, remove], noMemory, log, never);
  const second = await apply(engine, [create], first.memory, log, never);

  deepEqual(
    calls.map(([call]) => call),
    ["create", "remove", "create"],
  );
  deepEqual(first.troubles, [
    {
      subject: "new",
      sentence: `the engine refused to create it: ${sentence}`,
      remedy: "free the port, or choose another PublishedPort or PublishedSSLPort",
    },
  ]);
  deepEqual(second.troubles, first.troubles);
  deepEqual(
    lines.map(({ msg }) => msg),
    ["Service creation refused", "Service removed"],
  );
});

void test("a service that changed or went meanwhile is left to the next look", async () => {
  const stale = new InterlockError("DOCKER_CONFLICT", "update out of sequence");
  const gone = new InterlockError("DOCKER_NOT_FOUND", "service p not found");

  for (const engine of [engineThat({ update: stale }).engine, engineThat({ update: gone }).engine]) {
    const { done, troubles, memory } = await apply(engine, [update], noMemory, listening().log, never);
    deepEqual([done, troubles, memory.attempted.size], [[], [], 0]);
  }
  const { calls, engine } = engineThat({}, { version: 4, spec: {} });
  deepEqual((await apply(engine, [join], noMemory, listening().log, never)).done, []);
  deepEqual(
    calls.map(([call]) => call),
    ["inspect"],
  );
});

void test("a network that is gone is a trouble, not a race", async () => {
  const { engine } = engineThat({ update: new InterlockError("DOCKER_NOT_FOUND", "network abc not found") });

  const { troubles } = await apply(engine, [update], noMemory, listening().log, never);

  match(troubles[0]?.remedy ?? "", /check that the network still exists/);
});

void test("a service that is gone already is nobody's trouble, and is not said to be removed again", async () => {
  const { engine } = engineThat({ remove: new InterlockError("DOCKER_NOT_FOUND", "service o not found") });

  const { done, troubles } = await apply(engine, [remove], noMemory, listening().log, never);

  deepEqual([done, troubles], [[], []]);
});

void test("an engine that does not answer ends the pass, with a trouble", async () => {
  const { engine, calls } = engineThat({ create: new InterlockError("DOCKER_UNREACHABLE", "no answer") });

  const { troubles } = await apply(engine, [create, remove], noMemory, listening().log, never);

  match(troubles[0]?.sentence ?? "", /no answer/);
  equal(calls.length, 1);
});

void test("a name that is there already is left to the next look, which tells whose it is", async () => {
  const sentence = "name conflicts with an existing object: service new already exists";
  const { engine } = engineThat({ create: new InterlockError("DOCKER_CONFLICT", sentence) });

  deepEqual((await apply(engine, [create], noMemory, listening().log, never)).troubles, []);
});

void test("a defect is not hidden", async () => {
  const { engine } = engineThat({ create: new InterlockError("DEFECT", "impossible") });

  await rejects(apply(engine, [create], noMemory, listening().log, never), { code: "DEFECT" });
});

void test("a pass that is told to stop does not start another step", async () => {
  const { engine, calls } = engineThat();

  const { done } = await apply(engine, [create], noMemory, listening().log, AbortSignal.abort());

  deepEqual([done, calls], [[], []]);
});
