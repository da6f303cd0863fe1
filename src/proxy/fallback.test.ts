import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import type { EndpointTable, HostRoute, NameTable, TaskName } from "../model/desired.ts";
import { upstreamName, type HostName, type UpstreamName } from "../model/names.ts";
import { Bell } from "../runtime/bell.ts";
import { endpointsFrom, followNames, namesInUse } from "./fallback.ts";
import { Hearing } from "./hearing.ts";
import type { Answer } from "./names.ts";
import { noTables } from "./tables.ts";

const app = upstreamName(["app"]);
const both = upstreamName(["app", "canary"]);
const appTasks: TaskName = { name: "tasks.app.net", port: 80 };
const canaryTasks: TaskName = { name: "tasks.canary.net", port: 8080, maxFails: 3, failTimeoutMs: 5_000 };
const names: NameTable = new Map([
  [app, [appTasks]],
  [both, [appTasks, canaryTasks]],
]);

function addresses(...list: string[]): Answer {
  return { kind: "addresses", addresses: list };
}

const failed: Answer = { kind: "failed", reason: "ETIMEOUT" };

test("an upstream has the addresses of all its names, each reached as its labels say, sorted as core sorts", () => {
  const table = endpointsFrom(
    names,
    new Map([
      [appTasks.name, addresses("10.0.0.9", "10.0.0.10", "10.0.0.9")],
      [canaryTasks.name, addresses("10.0.0.2")],
    ]),
  );

  assert.deepEqual(table.get(app), [
    { address: "10.0.0.10", port: 80 },
    { address: "10.0.0.9", port: 80 },
  ]);
  assert.deepEqual(table.get(both), [
    { address: "10.0.0.10", port: 80 },
    { address: "10.0.0.2", port: 8080, maxFails: 3, failTimeoutMs: 5_000 },
    { address: "10.0.0.9", port: 80 },
  ]);
});

test("a name that DNS does not know has no addresses: the upstream has those of its other names", () => {
  const table = endpointsFrom(
    names,
    new Map([
      [appTasks.name, addresses()],
      [canaryTasks.name, addresses("10.0.0.2")],
    ]),
  );

  assert.deepEqual([...table.keys()], [both]);
  assert.equal(table.get(both)?.length, 1);
});

test("an upstream that would be empty, or of which an answer failed, is left as it is", () => {
  const nobody = new Map([
    [appTasks.name, addresses()],
    [canaryTasks.name, addresses()],
  ]);
  const half = new Map([
    [appTasks.name, addresses("10.0.0.1")],
    [canaryTasks.name, failed],
  ]);

  assert.equal(endpointsFrom(names, nobody).size, 0);
  assert.deepEqual([...endpointsFrom(names, half).keys()], [app]);
});

test("only upstreams that requests are routed to are asked for", () => {
  const to = (upstream: UpstreamName): HostRoute[] => [{ path: "/", upstream, profile: "default" }];

  assert.deepEqual([...namesInUse({ names, routes: new Map([["*", to(app)]]) }).keys()], [app]);
  assert.equal(namesInUse({ names, routes: new Map() }).size, 0);
});

/** Runs the fallback over so many upstreams with a name each, with a DNS that answers as told. */
async function following(
  count: number,
  lookUp: (name: string) => Promise<Answer>,
  story: (hearing: Hearing, tables: readonly EndpointTable[]) => Promise<void>,
): Promise<void> {
  const keys = Array.from({ length: count }, (_, index) => `app${index}`);
  const tables = {
    ...noTables,
    routes: new Map(
      keys.map((key) => [
        `${key}.example` as HostName,
        [{ path: "/", upstream: upstreamName([key]), profile: "default" as const }],
      ]),
    ),
    names: new Map(keys.map((key) => [upstreamName([key]), [{ name: `tasks.${key}.net`, port: 80 }]])),
  };
  const answered: EndpointTable[] = [];
  const agent = { tables, answered: (table: EndpointTable) => answered.push(table) > 0 };
  const bell = new Bell();
  const hearing = new Hearing(bell);
  const end = new AbortController();
  const done = followNames({ agent, hearing, lookUp, bell, log: pino({ level: "silent" }) }, end.signal);
  try {
    await story(hearing, answered);
  } finally {
    end.abort();
    await done;
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000 && !condition(); i += 1) await delay(5);
  assert.ok(condition(), `never came true: ${condition.toString()}`);
}

test("a core that has not been heard yet is silent; one that is heard is not asked behind its back; a blind one is", async () => {
  let asked = 0;
  const lookUp = async (): Promise<Answer> => {
    asked += 1;
    return addresses("10.0.0.1");
  };
  await following(1, lookUp, async (hearing, tables) => {
    await until(() => tables.length === 1);

    hearing.heard({ blind: false });
    const before = asked;
    await delay(1_200);
    assert.ok(asked <= before + 1);

    hearing.heard({ blind: true });
    await until(() => tables.length >= 3);
  });
});

test("answers that come when core can be relied on again do not count", async () => {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  await following(
    1,
    () => promise,
    async (hearing, tables) => {
      await delay(20);
      hearing.heard({ blind: false });
      resolve(addresses("10.0.0.1"));
      await delay(50);

      assert.equal(tables.length, 0);
    },
  );
});

test("many names are asked for a few at a time, all in the end", async () => {
  let [open, most] = [0, 0];
  const lookUp = async (): Promise<Answer> => {
    most = Math.max(most, (open += 1));
    await delay(5);
    open -= 1;
    return addresses("10.0.0.1");
  };
  await following(70, lookUp, async (_, tables) => {
    await until(() => tables.length === 4);

    assert.equal(new Set(tables.flatMap((table) => [...table.keys()])).size, 70);
    assert.equal(most, 20);
  });
});
