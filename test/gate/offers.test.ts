/**
 * What one change costs on its way to the proxies.
 */
import { after, test } from "node:test";
import { Ground, Running, type Spent } from "./ground.ts";
import { constant, within } from "./verdict.ts";

/** What is changed: the same service in both Swarms, with one host and nothing special. */
const changed = 54;

const small = await stage(100);
const large = await stage(1_000);
after(async () => {
  for (const { ground, running } of [small, large]) {
    await running[Symbol.asyncDispose]();
    await ground[Symbol.asyncDispose]();
  }
});

interface Stage {
  readonly ground: Ground;
  readonly running: Running;
}

async function stage(services: number): Promise<Stage> {
  const ground = await Ground.of(services);
  return { ground, running: await Running.on(ground) };
}

/** What was sent to each proxy, and to the extension. */
interface All extends Spent {
  readonly structures: number;
  /** Bytes to the extension, and back from it. */
  readonly toExtension: number;
  readonly fromExtension: number;
}

/** Makes the same change in both Swarms and says what each proxy got, and the extension. */
async function spent(change: (stage: Stage) => Promise<void>): Promise<readonly [All, All]> {
  const of = async (each: Stage): Promise<All> => {
    const { running } = each;
    running.takenByEach();
    const { exchanged } = running.core;
    const before = { structures: running.structures, exchanges: exchanged.length };
    await change(each);
    const exchanges = exchanged.slice(before.exchanges);
    return {
      ...running.taken(),
      structures: running.structures - before.structures,
      toExtension: exchanges.reduce((sum, { sent }) => sum + sent, 0),
      fromExtension: exchanges.reduce((sum, { returned }) => sum + returned, 0),
    };
  };
  return [await of(small), await of(large)];
}

test("a proxy that has nothing gets everything once", () => {
  for (const [{ running }, budget] of [
    [small, "first.bytes.100"],
    [large, "first.bytes.1000"],
  ] as const) {
    const taken = running.takenByEach();
    for (const { bytes } of taken) within(budget, bytes);
    within("first.offers", Math.max(...taken.map(({ offers }) => offers)));
  }
});

test("one replaced task is one row to each proxy and nothing to the extension, whatever the size of the Swarm", async () => {
  const [few, many] = await spent(async ({ ground, running }) => {
    ground.moveTask(changed);
    await running.hotLook(ground.service(changed).ID);
  });

  for (const { bytes, rows, structures } of [few, many]) {
    within("task.bytes", bytes);
    within("task.rows", rows);
    within("task.structures", structures);
  }
  constant("bytes for a replaced task", few.bytes, many.bytes);
});

test("one more host is a route and a memory to each proxy, and one structure to the extension, whatever the size of the Swarm", async () => {
  const [few, many] = await spent(async ({ ground, running }) => {
    ground.label(changed, { hosts: `shop-${changed}.apps.example.org,more.example.org` });
    await running.look();
  });

  for (const { bytes, rows, structures, toExtension, fromExtension } of [few, many]) {
    within("label.bytes", bytes);
    within("label.rows", rows);
    within("label.structures", structures);
    within("label.structure-bytes", toExtension);
    within("label.bundle-bytes", fromExtension);
  }
  constant("bytes for one more host", few.bytes, many.bytes);
  constant("bytes to the extension for one more host", few.toExtension, many.toExtension);
  constant("bytes from the extension for one more host", few.fromExtension, many.fromExtension);
});

test("a new service is a route, its endpoints and a memory, whatever the size of the Swarm", async () => {
  const [few, many] = await spent(async ({ ground, running }) => {
    ground.addService("new_web", { hosts: "new.example.org" });
    await running.look();
  });

  for (const { bytes, rows } of [few, many]) {
    within("service.bytes", bytes);
    within("service.rows", rows);
  }
  constant("bytes for a new service", few.bytes, many.bytes);
});

test("a look that shows nothing new is told nobody", async () => {
  const [few, many] = await spent(async ({ running }) => await running.look());

  for (const { offers, structures } of [few, many]) {
    within("rest.offers", offers);
    within("rest.structures", structures);
  }
});
