/**
 * A core that is told wrong things: what it believes, what it says of that, and how it goes on.
 */
import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { pino } from "pino";
import { config as anyConfig, swarm } from "../desire/arbitraries.ts";
import { desire, type Desired } from "../desire/desire.ts";
import { configOf, extensionOf, networkOf, nodeOf, serviceOf, snapshotOf, taskOf } from "../desire/fixtures.ts";
import type { Config } from "../model/config.ts";
import { InterlockError } from "../model/errors.ts";
import type { Snapshot, SwarmService } from "../model/snapshot.ts";
import type { LookKind } from "../swarm/watch.ts";
import { Decider } from "./decider.ts";
import { Judge } from "./judge.ts";

const { signal } = new AbortController();
const own = { serviceId: "svc-core", taskId: "task-core", nodeId: "node-a", controlNetwork: { id: "net-control" } };
const names = ["web", "api", "shop", "blog"];

const whole = snapshotOf({
  services: [
    serviceOf("core", {}),
    ...names.map((name) =>
      serviceOf(
        name,
        { "com.docker.lb.hosts": `${name}.example`, "com.docker.lb.port": "80" },
        { networks: ["net-front"] },
      ),
    ),
  ],
  tasks: [
    taskOf("core", "control", "10.9.0.2", { id: own.taskId, slot: 1, nodeId: "node-a" }),
    ...names.map((name, at) => taskOf(name, "front", `10.0.0.${at}`, { slot: 1, nodeId: "node-a" })),
  ],
  networks: [networkOf("control"), networkOf("front")],
  nodes: [nodeOf("a", "172.20.0.4")],
});

/** As `docker service ls` of an engine that forgot the applications. */
const forgetful: Snapshot = { ...whole, services: whole.services.filter(({ id }) => id === own.serviceId) };

/** A judge, an engine that knows the services of a snapshot when asked one by one, and a clock to be set. */
function court(config: Config = configOf(extensionOf(""))) {
  const said: { level: number; msg: string; how?: string }[] = [];
  const log = pino({}, { write: (line: string) => said.push(JSON.parse(line) as (typeof said)[number]) });
  const time = { now: 0 };
  const engine = {
    known: whole.services,
    asked: 0,
    service: async (id: string): Promise<SwarmService> => {
      engine.asked += 1;
      const found = engine.known.find((each) => each.id === id);
      if (found === undefined) throw new InterlockError("DOCKER_NOT_FOUND", `service ${id} not found`);
      return found;
    },
  };
  /** What stands, as it would with a core: what was decided from the last look that counts. */
  const stands: { decision?: Desired } = {};
  const decide = (snapshot: Snapshot): Desired => desire(snapshot, config, stands.decision?.lastGood ?? new Map());
  const judge = new Judge({ engine, hold: config.hold, decide, own, clock: () => time.now, log });
  const believes = async (snapshot: Snapshot, look: LookKind = "whole"): Promise<boolean> => {
    const decision = decide(snapshot);
    const counts = await judge.believes(snapshot, look, signal);
    if (counts) stands.decision = decision;
    return counts;
  };
  return { judge, believes, stands, engine, time, said };
}

test("a list that forgot the services changes nothing, is a trouble with a number and a way out, and is logged once", async () => {
  const { judge, believes, stands, time, said } = court();
  await believes(whole);
  const { decision } = stands;

  deepEqual([await believes(forgetful), await believes(forgetful)], [false, false]);
  time.now = 12_000;

  equal(stands.decision, decision);
  deepEqual(judge.trouble(), {
    subject: "look at the Swarm",
    sentence:
      "it lacks 4 of 4 routes and 4 of 4 endpoints, e.g. api.example, and nothing says why; what was seen before stands, for 12s now",
    remedy:
      "if that is right, run 'interlock approve'; if not, see to the engine core talks to before it has said so for 30s",
  });
  deepEqual(
    said.map(({ level, msg }) => [level, msg]),
    [[40, "Look held back"]],
  );
});

test("a hold ends when a look is plausible again, is confirmed after the delay, or approved; each is said", async () => {
  const ways: Record<string, (at: ReturnType<typeof court>) => Snapshot> = {
    plausible: () => whole,
    confirmed: ({ time }) => {
      time.now = 30_000;
      return forgetful;
    },
    approved: ({ judge }) => {
      equal(judge.approve(), "a look at the Swarm that lacks 4 of 4 routes and 4 of 4 endpoints, e.g. api.example");
      return forgetful;
    },
  };
  for (const [how, way] of Object.entries(ways)) {
    const at = court();
    await at.believes(whole);
    await at.believes(forgetful);

    equal(await at.believes(way(at)), true);

    equal(at.judge.trouble(), undefined);
    equal(at.judge.approve(), "");
    const last = at.said.at(-1);
    deepEqual([last?.level, last?.msg, last?.how], [30, "Hold ended", how]);
    equal(at.stands.decision?.clusters[0]?.structure.routes.length, how === "plausible" ? 4 : 0);
  }
});

test("services that were removed are believed at once: by their events, or when the engine says of each that it is gone", async () => {
  const heard = court();
  await heard.believes(whole);
  for (const { id, name } of whole.services.slice(1)) {
    heard.judge.hear({ type: "service", action: "remove", id, name, at: "1" });
  }
  equal(await heard.believes(forgetful), true);
  equal(heard.engine.asked, 0);

  const asked = court();
  await asked.believes(whole);
  asked.engine.known = [];
  equal(await asked.believes(forgetful), true);
  equal(asked.engine.asked, 4);
});

test("a few services are asked for, however many are missing, and one that is there makes the list a lie", async () => {
  const { believes, engine } = court();
  const many = Array.from({ length: 40 }, (_, at) =>
    serviceOf(
      `s${at}`,
      { "com.docker.lb.hosts": `s${at}.example`, "com.docker.lb.port": "80" },
      { networks: ["net-front"] },
    ),
  );
  await believes({ ...whole, services: [...whole.services, ...many] });
  engine.known = many.slice(0, 10);

  equal(await believes(forgetful), false);
  equal(engine.asked, 5);
});

test("an engine that cannot say whether a service is gone does not make it so", async () => {
  const { believes, engine } = court();
  await believes(whole);
  engine.service = async () => await Promise.reject(new InterlockError("DOCKER_UNREACHABLE", "no answer"));

  equal(await believes(forgetful), false);
});

test("what was said long before the last look explains nothing", async () => {
  const { judge, believes, time } = court();
  const emptied = { ...whole, tasks: [...whole.tasks].slice(0, 1) };
  await believes(whole);
  for (const { id, name } of whole.services) judge.hear({ type: "service", action: "update", id, name, at: "1" });
  time.now = 4_000;
  await believes({ ...whole, secrets: [{ id: "s", name: "s", labels: {} }] });

  equal(await believes(emptied), false);
  for (const { id, name } of whole.services) judge.hear({ type: "service", action: "update", id, name, at: "2" });
  equal(await believes(emptied), true);
});

test("a look at some tasks neither begins a hold nor ends one, and counts when it is plausible", async () => {
  const { judge, believes, stands } = court();
  await believes(whole);
  const emptied = { ...whole, tasks: [...whole.tasks].slice(0, 1) };
  const oneLess = { ...whole, tasks: [...whole.tasks].slice(0, 4) };

  equal(await believes(emptied, "part"), false);
  equal(judge.trouble(), undefined);
  equal(await believes(forgetful), false);
  equal(await believes(oneLess, "part"), true);

  match(judge.trouble()?.sentence ?? "", /lacks 4 of 4 routes/);
  equal(stands.decision?.clusters[0]?.endpoints.values().toArray().flat().length, 3);
});

test("a core that does not see itself decides nothing, from the first look on, whatever the share and however long", async () => {
  const { judge, believes, stands, time } = court({ ...configOf(extensionOf("")), hold: { percent: 0, delayMs: 0 } });

  equal(await believes(snapshotOf({})), false);
  time.now = 1e9;
  equal(await believes(snapshotOf({})), false);

  equal(stands.decision, undefined);
  match(
    judge.trouble()?.sentence ?? "",
    /^it lacks core's own service, core's own task, the node core runs on and the control network, .*; proxies keep what they serve/,
  );
  doesNotMatch(judge.trouble()?.remedy ?? "", /before it has said so/);
  judge.approve();
  equal(await believes(snapshotOf({})), true);
});

/** Decides, and tells what it decided last. */
function decisions() {
  const last: { decided?: Desired } = {};
  const decider = new Decider({
    config: anyConfig,
    onDecided: (_, decided) => {
      last.decided = decided;
    },
    onSettled: () => {},
    onRecalled: () => {},
    proxiesIn: () => undefined,
  });
  return { decider, last };
}

test("what is believed is decided as without a judge, and what is held back changes nothing that is decided", async () => {
  const looks = fc.array(fc.tuple(swarm, fc.constantFrom("whole" as const, "part" as const)), {
    minLength: 2,
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(looks, async (row) => {
      const judged = decisions();
      const unjudged = decisions();
      const judge = new Judge({
        engine: { service: async () => await Promise.reject(new InterlockError("DOCKER_UNREACHABLE", "no answer")) },
        hold: anyConfig.hold,
        decide: (snapshot) => judged.decider.decided(snapshot),
        own: { serviceId: "", taskId: "", nodeId: "" },
        clock: () => 0,
        log: pino({ level: "silent" }),
      });
      for (const [snapshot, look] of row) {
        if (!(await judge.believes(snapshot, look, signal))) continue;
        judged.decider.look(snapshot);
        unjudged.decider.look(snapshot);

        deepEqual(judged.last.decided, unjudged.last.decided);
      }
    }),
    { numRuns: 200 },
  );
});
