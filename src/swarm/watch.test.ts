import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { InterlockError } from "../model/errors.ts";
import type { Snapshot, SwarmService, SwarmTask } from "../model/snapshot.ts";
import type { EngineEvent, TaskFilter } from "./client.ts";
import { Watch, type LookFailure, type LookKind, type WatchOptions } from "./watch.ts";

const log = pino({ level: "silent" });

/** A Swarm of one service, told from outside what to be. */
class FakeSwarm {
  exists = true;
  version = 1;
  replicas = 1;
  tasks_: readonly string[] = ["t1"];
  failure: Error | undefined;
  /** While it is there, lists of services are not answered. */
  hang: Promise<void> | undefined;
  slowMs = 0;
  looks = 0;
  namedLooks = 0;
  hotLooks = 0;
  secretLists = 0;
  #say: ((event: EngineEvent) => void) | undefined;

  /** An event; that the service changed, unless it is said otherwise. */
  say(event: Partial<EngineEvent> = {}): void {
    this.#say?.({ type: "service", action: "update", id: "a", name: "a", at: "1", ...event });
  }

  #answer<T>(value: T): T {
    if (this.failure !== undefined) throw this.failure;
    return value;
  }

  #service(): SwarmService {
    const nothing = { networks: [], ports: [], vips: [], configs: [], labels: {}, image: "", createdAt: "" };
    return {
      id: "a",
      name: "a",
      version: this.version,
      mode: { kind: "replicated", replicas: this.replicas },
      ...nothing,
    };
  }

  readonly services = async (): Promise<readonly SwarmService[]> => {
    this.looks += 1;
    await this.hang;
    if (this.slowMs > 0) await delay(this.slowMs);
    return this.#answer(this.exists ? [this.#service()] : []);
  };
  readonly servicesById = async (ids: readonly string[]): Promise<readonly SwarmService[]> => {
    this.namedLooks += 1;
    return this.#answer(this.exists ? [this.#service()].filter(({ id }) => ids.includes(id)) : []);
  };
  readonly tasks = async (filter: TaskFilter): Promise<readonly SwarmTask[]> => {
    if (filter.services !== undefined) this.hotLooks += 1;
    const nothing = { addresses: [], hostPorts: [], state: "running", desiredState: "running" };
    return this.#answer(this.tasks_.map((id) => ({ id, serviceId: "a", ...nothing })));
  };
  readonly networks = async (): Promise<readonly []> => this.#answer([]);
  readonly nodes = async (): Promise<readonly []> => this.#answer([]);
  readonly configs = async (): Promise<readonly []> => this.#answer([]);
  readonly secrets = async (): Promise<readonly []> => {
    this.secretLists += 1;
    return this.#answer([]);
  };
  /** Whether the engine refuses to tell events. */
  deaf = false;
  readonly events = async (_: string | undefined, signal: AbortSignal): Promise<AsyncIterable<EngineEvent>> => {
    if (this.deaf) throw new InterlockError("DOCKER_UNREACHABLE", "no events");
    const said = (): Promise<EngineEvent | undefined> =>
      new Promise((resolve) => {
        this.#say = resolve;
        signal.addEventListener("abort", () => resolve(undefined), { once: true });
      });
    return (async function* () {
      for (let event = await said(); event !== undefined; event = await said()) yield event;
    })();
  };
}

/** Runs a watch over the fake while the story lasts. */
async function watching(
  swarm: FakeSwarm,
  options: Partial<WatchOptions>,
  story: (watch: Watch, snapshots: readonly Snapshot[]) => Promise<void>,
): Promise<void> {
  const snapshots: Snapshot[] = [];
  const end = new AbortController();
  const watch = new Watch(swarm, {
    pollIntervalMs: 60_000,
    onSnapshot: (snapshot) => snapshots.push(snapshot),
    log,
    quietMs: 5,
    longestMs: 20,
    hotIntervalMs: 20,
    ...options,
  });
  const done = watch.run(end.signal);
  try {
    await delay(60);
    await story(watch, snapshots);
  } finally {
    end.abort();
    await done;
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1_200 && !condition(); i += 1) await delay(5);
  assert.ok(condition(), `never came true: ${condition.toString()}`);
}

test("the first look is told, an equal one is not", async () => {
  const swarm = new FakeSwarm();
  await watching(swarm, {}, async (_, snapshots) => {
    assert.equal(snapshots.length, 1);

    swarm.say();
    await until(() => swarm.namedLooks > 0);
    await delay(20);

    assert.equal(snapshots.length, 1);
  });
});

test("an event leads to a look at the service it names, and its tasks are then looked at hot", async () => {
  const swarm = new FakeSwarm();
  await watching(swarm, {}, async (_, snapshots) => {
    assert.equal(swarm.hotLooks, 0);
    const { looks } = swarm;

    swarm.version = 2;
    swarm.say();
    await until(() => snapshots.length === 2);
    // No event tells of a task.
    swarm.tasks_ = ["t2"];
    await until(() => snapshots.length === 3);

    assert.equal([...(snapshots[2]?.tasks ?? [])][0]?.id, "t2");
    assert.ok(swarm.hotLooks > 1);
    assert.deepEqual([swarm.looks, swarm.namedLooks], [looks, 1]);
  });
});

test("a service whose end an event tells is gone with its tasks, and comes back with them", async () => {
  const swarm = new FakeSwarm();
  await watching(swarm, {}, async (_, snapshots) => {
    const { looks } = swarm;
    swarm.exists = false;
    swarm.say({ action: "remove" });
    await until(() => snapshots.length === 2);
    swarm.exists = true;
    swarm.say({ action: "create" });
    await until(() => snapshots.length === 3);

    const [before, without, again] = snapshots.map(({ tasks, ...rest }) => ({ ...rest, tasks: [...tasks] }));
    assert.deepEqual([without?.services, without?.tasks], [[], []]);
    assert.deepEqual(again, before);
    assert.equal(swarm.looks, looks);
  });
});

test("an event of a secret leads to the list of secrets, one of a node or of nobody to a look at everything", async () => {
  const swarm = new FakeSwarm();
  await watching(swarm, {}, async () => {
    const { looks, secretLists } = swarm;
    swarm.say({ type: "secret", id: "s" });
    await until(() => swarm.secretLists > secretLists);
    await delay(20);
    assert.deepEqual([swarm.looks, swarm.namedLooks], [looks, 0]);

    swarm.say({ type: "node", id: "n" });
    await until(() => swarm.looks === looks + 1);
    swarm.say({ id: "" });
    await until(() => swarm.looks === looks + 2);
    assert.equal(swarm.namedLooks, 0);
  });
});

test("what an event named is not lost with the look that fails", async () => {
  const swarm = new FakeSwarm();
  await watching(swarm, {}, async (watch, snapshots) => {
    swarm.failure = new InterlockError("DOCKER_UNREACHABLE", "away");
    swarm.version = 2;
    swarm.say();
    await until(() => watch.state().failure !== undefined);
    swarm.failure = undefined;
    await until(() => snapshots.length === 2);

    assert.equal(snapshots[1]?.services[0]?.version, 2);
  });
});

test("a service without all its tasks is looked at hot from the start", async () => {
  const swarm = new FakeSwarm();
  swarm.replicas = 2;
  await watching(swarm, {}, async (_, snapshots) => {
    swarm.tasks_ = ["t1", "t2"];
    await until(() => snapshots.length === 2);

    assert.equal(snapshots[1]?.tasks.length, 2);
  });
});

test("services that do not concern are not looked at hot", async () => {
  const swarm = new FakeSwarm();
  swarm.replicas = 2;
  await watching(swarm, { concerns: () => false }, async () => {
    assert.equal(swarm.hotLooks, 0);
  });
});

test("a poke about a service looks at its tasks at once", async () => {
  const swarm = new FakeSwarm();
  await watching(swarm, {}, async (watch, snapshots) => {
    swarm.tasks_ = [];
    watch.poke(["a"]);
    await until(() => snapshots.length === 2);

    assert.equal(snapshots[1]?.tasks.length, 0);
    assert.ok(swarm.hotLooks > 0);
  });
});

test("a failed look keeps the last snapshot and says why; the next good one takes that back", async () => {
  const swarm = new FakeSwarm();
  const failures: LookFailure[] = [];
  await watching(swarm, { onFailure: (failure) => failures.push(failure) }, async (watch, snapshots) => {
    swarm.failure = new InterlockError("DOCKER_UNREACHABLE", "away");
    watch.poke();
    await until(() => failures.length === 2);

    assert.equal(snapshots.length, 1);
    assert.equal(watch.state().failure, "away");
    assert.equal(watch.state().snapshot, snapshots[0]);
    assert.ok((failures[0]?.ageMs ?? 0) > 0);
    assert.deepEqual(
      failures.slice(0, 2).map((failure) => failure.failures),
      [1, 2],
    );

    swarm.failure = undefined;
    await until(() => watch.state().failure === undefined);
    assert.equal(snapshots.length, 1);
  });
});

test("a look that hangs blinds core, until the next that shows something; whoever listens hears it after the snapshot", async () => {
  const swarm = new FakeSwarm();
  const heard: string[] = [];
  const onSight = (blind: boolean): void => void heard.push(blind ? "blind" : "sees");
  const onSnapshot = (): void => void heard.push("snapshot");
  await watching(swarm, { onSight, onSnapshot }, async (watch) => {
    await until(() => heard.length === 1);
    const { looks } = swarm;
    const { promise, resolve } = Promise.withResolvers<void>();
    swarm.hang = promise;
    swarm.tasks_ = ["t2"];
    watch.poke();
    await until(() => swarm.looks > looks);
    assert.equal(watch.state().blind, false);
    await until(() => watch.state().blind);
    await until(() => heard.length === 2);

    swarm.hang = undefined;
    resolve();
    await until(() => heard.length === 4);

    assert.equal(watch.state().blind, false);
    assert.deepEqual(heard, ["snapshot", "blind", "snapshot", "sees"]);
  });
});

test("looks that fail one after the other blind core; a single one that fails does not", async () => {
  const swarm = new FakeSwarm();
  await watching(swarm, {}, async (watch, snapshots) => {
    await until(() => snapshots.length === 1);
    swarm.failure = new InterlockError("DOCKER_UNREACHABLE", "away");
    watch.poke();
    await until(() => watch.state().failure !== undefined);
    assert.equal(watch.state().blind, false);

    await until(() => watch.state().blind);
    swarm.failure = undefined;
    await until(() => watch.state().failure === undefined);
    assert.equal(watch.state().blind, false);
  });
});

test("a defect ends the watch instead of being repeated for ever", async () => {
  const swarm = new FakeSwarm();
  const watch = new Watch(swarm, {
    pollIntervalMs: 60_000,
    log,
    onSnapshot: () => {
      throw new TypeError("a defect");
    },
  });

  await assert.rejects(watch.run(new AbortController().signal), /a defect/);
});

/** What a judge was asked, and what it says. */
class FakeJudge {
  says = true;
  readonly asked: LookKind[] = [];

  readonly believes = async (_: Snapshot, look: LookKind): Promise<boolean> => {
    this.asked.push(look);
    return this.says;
  };
}

test("a look that does not count leaves the last snapshot standing, and is made again and again until one counts", async () => {
  const swarm = new FakeSwarm();
  const judge = new FakeJudge();
  const { believes } = judge;
  await watching(swarm, { believes, heldIntervalMs: 20 }, async (watch, snapshots) => {
    judge.says = false;
    swarm.version = 2;
    swarm.say();
    const { looks } = swarm;
    await until(() => swarm.looks > looks + 3);

    assert.equal(snapshots.length, 1);
    assert.equal(watch.state().snapshot?.services[0]?.version, 1);
    assert.ok((watch.state().ageMs ?? 0) > 60);

    judge.says = true;
    await until(() => snapshots.length === 2);
    assert.equal(watch.state().snapshot?.services[0]?.version, 2);
  });
});

test("a look like the one that stands is asked about after one that does not count, and is no news", async () => {
  const swarm = new FakeSwarm();
  const judge = new FakeJudge();
  await watching(swarm, { believes: judge.believes, heldIntervalMs: 20 }, async (watch, snapshots) => {
    judge.says = false;
    swarm.version = 2;
    watch.poke();
    await until(() => judge.asked.length === 2);
    judge.says = true;
    swarm.version = 1;
    const asked = judge.asked.length;
    await until(() => judge.asked.length > asked);
    await delay(60);
    const settled = judge.asked.filter((look) => look === "whole").length;
    watch.poke();
    await delay(60);

    assert.equal(snapshots.length, 1);
    assert.equal(judge.asked.filter((look) => look === "whole").length, settled);
  });
});

test("a look at some of it that does not count leads to a whole one", async () => {
  const swarm = new FakeSwarm();
  const judge = new FakeJudge();
  await watching(swarm, { believes: judge.believes }, async (watch, snapshots) => {
    judge.says = false;
    swarm.tasks_ = [];
    watch.poke(["a"]);
    await until(() => judge.asked.includes("part") && judge.asked.at(-1) === "whole");

    assert.equal(snapshots.length, 1);
  });
});

test("while a look does not count, a service its owner changes is looked at hot, and those looks may count", async () => {
  const swarm = new FakeSwarm();
  const asked: LookKind[] = [];
  const believes = async (_: Snapshot, look: LookKind): Promise<boolean> => {
    asked.push(look);
    return asked.length === 1 || look === "part";
  };
  await watching(swarm, { believes, heldIntervalMs: 1_000 }, async (watch, snapshots) => {
    swarm.version = 2;
    watch.poke();
    await until(() => asked.length > 1);
    swarm.tasks_ = ["t2"];
    await until(() => snapshots.length === 2);

    assert.equal([...(snapshots[1]?.tasks ?? [])][0]?.id, "t2");
    assert.equal(snapshots[1]?.services[0]?.version, 1);
  });
});

test("an event is told before the look it leads to", async () => {
  const swarm = new FakeSwarm();
  const story: string[] = [];
  const believes = async (): Promise<boolean> => {
    story.push("look");
    return true;
  };
  await watching(swarm, { believes, onEvent: (event) => story.push(event.action) }, async (_, snapshots) => {
    swarm.version = 2;
    swarm.say();
    await until(() => snapshots.length === 2);

    assert.deepEqual(story.slice(0, 3), ["look", "update", "look"]);
  });
});

test("looks that take long are made less often while events are heard, and no less often without", async () => {
  for (const deaf of [false, true]) {
    const swarm = new FakeSwarm();
    swarm.deaf = deaf;
    swarm.slowMs = 100;
    await watching(swarm, { pollIntervalMs: 50 }, async () => {
      await delay(1_000);
      // One at the start, one when the stream stands; the next would come two seconds later.
      if (deaf) assert.ok(swarm.looks > 3, `${swarm.looks} looks`);
      else assert.ok(swarm.looks <= 3, `${swarm.looks} looks`);
    });
  }
});
