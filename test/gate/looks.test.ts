/**
 * What looking at the Swarm asks of a manager's engine.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { pino } from "pino";
import type { Docker } from "../../src/swarm/client.ts";
import { observe, observeTasks } from "../../src/swarm/observe.ts";
import { Watch } from "../../src/swarm/watch.ts";
import { type Asked, Ground } from "./ground.ts";
import { constant, within } from "./verdict.ts";

const { signal } = new AbortController();

const small = await Ground.of(100);
const large = await Ground.of(1_000);
after(async () => {
  for (const ground of [small, large]) await ground[Symbol.asyncDispose]();
});

async function askedBy(look: (ground: Ground) => Promise<unknown>): Promise<readonly [Asked, Asked]> {
  return [await small.asked(async () => await look(small)), await large.asked(async () => await look(large))];
}

test("a look at everything is six calls, whatever the size of the Swarm", async () => {
  const [few, many] = await askedBy(async ({ docker }) => await observe(docker, signal));

  within("look.calls", few.calls);
  within("look.calls", many.calls);
  within("look.bytes.100", few.bytes);
  within("look.bytes.1000", many.bytes);
});

test("a second look costs the engine no more than the first", async () => {
  const [few, many] = await askedBy(async ({ docker }) => await observe(docker, signal));

  within("look.calls", few.calls);
  within("look.calls", many.calls);
  within("look.bytes.1000", many.bytes);
});

test("a hot look is one call, for one service and for many, and reads their tasks only", async () => {
  const [few, many] = await askedBy(
    async (ground) => await observeTasks(ground.docker, [ground.service(54).ID], signal),
  );
  const [, hundred] = await askedBy(async (ground) => {
    const ids = ground.swarm.services.values().map(({ ID }) => ID);
    return await observeTasks(ground.docker, ids.slice(0, 100), signal);
  });

  for (const { calls } of [few, many, hundred]) within("hot-look.calls", calls);
  within("hot-look.bytes", few.bytes);
  within("hot-look.bytes", many.bytes);
  constant("bytes of a hot look", few.bytes, many.bytes);
});

test("a change of a service costs its own bytes, whatever the size of the Swarm", async () => {
  const [few, many] = [await changeSeen(small), await changeSeen(large)];

  for (const { calls } of [few, many]) within("event.calls", calls);
  within("event.bytes", few.bytes);
  within("event.bytes", many.bytes);
});

test("a watch at rest asks six times for each whole look, and listens once", async () => {
  // Looks are the further apart the longer they take: a few services are enough here.
  await using tiny = await Ground.of(10);
  const looks = 3;
  const { calls, streams } = await tiny.asked(async () => await watchFor(tiny.docker, looks));

  within("rest.calls", calls / looks);
  within("rest.streams", streams);
});

/** Hears how often every list has been read, whole. */
type Heard = (looks: number) => void;

/** An engine of which whole lists are counted. */
function counting(docker: Docker, heard: Heard): ConstructorParameters<typeof Watch>[0] {
  const read = new Map(["services", "tasks", "networks", "nodes", "configs", "secrets"].map((list) => [list, 0]));
  const whole = async <T>(list: string, ask: () => Promise<T>): Promise<T> => {
    const answer = await ask();
    read.set(list, (read.get(list) ?? 0) + 1);
    heard(Math.min(...read.values()));
    return answer;
  };
  return {
    services: async (each) => await whole("services", async () => await docker.services(each)),
    servicesById: async (ids, each) => await docker.servicesById(ids, each),
    tasks: async (filter, each) => {
      const ask = async (): ReturnType<Docker["tasks"]> => await docker.tasks(filter, each);
      return filter.services === undefined ? await whole("tasks", ask) : await ask();
    },
    networks: async (each) => await whole("networks", async () => await docker.networks(each)),
    nodes: async (each) => await whole("nodes", async () => await docker.nodes(each)),
    configs: async (each) => await whole("configs", async () => await docker.configs(each)),
    secrets: async (each) => await whole("secrets", async () => await docker.secrets(each)),
    events: async (since, each) => await docker.events(since, each),
  };
}

/**
 * Watches until every list was read so many times; hot looks are let through, and there should be none.
 *
 * Why so and not for a while: how many looks fit into a second depends on the machine.
 */
async function watchFor(docker: Docker, looks: number): Promise<void> {
  const end = new AbortController();
  let seen = 0;
  const limited = counting(docker, (read) => {
    if (read >= looks) end.abort();
  });
  const watch = new Watch(limited, {
    pollIntervalMs: 50,
    hotIntervalMs: 5,
    onSnapshot: () => (seen += 1),
    log: pino({ level: "silent" }),
  });
  await watch.run(end.signal);
  assert.equal(seen, 1, "nothing changed, and yet there was news");
}

/** Watches until events are heard and everything has been looked at for it, then changes a service; ends when that is seen. */
async function changeSeen(ground: Ground): Promise<Asked> {
  const end = new AbortController();
  const [first, resynced, changed] = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
  assert.ok(first && resynced && changed);
  const listed = counting(ground.docker, (looks) => {
    if (looks === 2) resynced.resolve();
  });
  const events: typeof listed.events = async (since, signal) => {
    await first.promise;
    return await listed.events(since, signal);
  };
  const watch = new Watch(
    { ...listed, events },
    {
      // No look but those that are asked for.
      pollIntervalMs: 60_000,
      hotIntervalMs: 60_000,
      onSnapshot: (snapshot) => {
        first.resolve();
        if (snapshot.services.some(({ labels }) => labels["com.docker.lb.hosts"] === "changed.example"))
          changed.resolve();
      },
      log: pino({ level: "silent" }),
    },
  );
  const watching = watch.run(end.signal);
  await resynced.promise;
  const asked = await ground.asked(async () => {
    ground.label(7, { hosts: "changed.example" });
    await changed.promise;
  });
  end.abort();
  await watching;
  return asked;
}
