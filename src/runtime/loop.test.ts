import assert from "node:assert/strict";
import { test } from "node:test";
import { Loop, type LoopOptions } from "./loop.ts";

/** Time that passes only when told to. */
class VirtualTime {
  now = 0;
  readonly #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();

  readonly clock = (): number => this.now;

  readonly sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const sleeper = { at: this.now + ms, wake: resolve };
    this.#sleepers.add(sleeper);
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    this.#sleepers.delete(sleeper);
  };

  /** Lets time pass, stopping wherever somebody wakes. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    await settled();
    for (;;) {
      const next = Math.min(end, ...[...this.#sleepers].map((sleeper) => sleeper.at));
      this.now = Math.max(this.now, next);
      for (const sleeper of this.#sleepers) if (sleeper.at <= this.now) sleeper.wake();
      await settled();
      if (this.now >= end && ![...this.#sleepers].some((sleeper) => sleeper.at <= end)) return;
    }
  }
}

async function settled(): Promise<void> {
  for (let i = 0; i < 3; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

const pace = { quietMs: 50, longestMs: 250, everyMs: 10_000, firstBackoffMs: 100, mostBackoffMs: 1_000 };

function loopIn(time: VirtualTime, options: Partial<LoopOptions> = {}): Loop {
  const { clock, sleep } = time;
  return new Loop({ ...pace, onFailure: () => {}, clock, sleep, random: () => 1, ...options });
}

test("the first pass runs at once, the next when everyMs is over", async () => {
  const time = new VirtualTime();
  const end = new AbortController();
  const passes: number[] = [];
  const done = loopIn(time).run(async () => void passes.push(time.now), end.signal);

  await time.pass(25_000);
  end.abort();
  await done;

  assert.deepEqual(passes, [0, 10_000, 20_000]);
});

test("triggers close together lead to one pass, when it got quiet", async () => {
  const time = new VirtualTime();
  const end = new AbortController();
  const passes: number[] = [];
  const loop = loopIn(time);
  const done = loop.run(async () => void passes.push(time.now), end.signal);

  await time.pass(1_000);
  loop.trigger();
  await time.pass(30);
  loop.trigger();
  await time.pass(30);
  loop.trigger();
  await time.pass(500);
  end.abort();
  await done;

  assert.deepEqual(passes, [0, 1_110]);
});

test("triggers that never stop do not keep a pass waiting for longer than longestMs", async () => {
  const time = new VirtualTime();
  const end = new AbortController();
  const passes: number[] = [];
  const loop = loopIn(time);
  const done = loop.run(async () => void passes.push(time.now), end.signal);

  await time.pass(1_000);
  for (let i = 0; i < 20; i += 1) {
    loop.trigger();
    await time.pass(25);
  }
  end.abort();
  await done;

  assert.deepEqual(passes.slice(0, 2), [0, 1_250]);
});

test("hurry does not wait for quiet", async () => {
  const time = new VirtualTime();
  const end = new AbortController();
  const passes: number[] = [];
  const loop = loopIn(time);
  const done = loop.run(async () => void passes.push(time.now), end.signal);

  await time.pass(1_000);
  loop.hurry();
  await time.pass(1);
  end.abort();
  await done;

  assert.deepEqual(passes, [0, 1_000]);
});

test("at most one pass runs; what is triggered meanwhile leads to one more, after a rest as long as the pass", async () => {
  const time = new VirtualTime();
  const end = new AbortController();
  const passes: number[] = [];
  let running = 0;
  let most = 0;
  const loop = loopIn(time);
  const done = loop.run(async (signal) => {
    passes.push(time.now);
    most = Math.max(most, (running += 1));
    await time.sleep(400, signal);
    running -= 1;
  }, end.signal);

  await time.pass(100);
  loop.trigger();
  loop.hurry();
  await time.pass(1_000);
  end.abort();
  await done;

  assert.equal(most, 1);
  assert.deepEqual(passes, [0, 800]);
});

test("a pass may ask for the next one earlier", async () => {
  const time = new VirtualTime();
  const end = new AbortController();
  const passes: number[] = [];
  const done = loopIn(time).run(async () => (passes.push(time.now) < 3 ? 250 : undefined), end.signal);

  await time.pass(2_000);
  end.abort();
  await done;

  assert.deepEqual(passes, [0, 250, 500]);
});

test("a failed pass backs off, longer each time, and a trigger does not shorten that", async () => {
  const time = new VirtualTime();
  const end = new AbortController();
  const passes: number[] = [];
  const failures: number[] = [];
  const loop = loopIn(time, { onFailure: (_, count) => failures.push(count) });
  const done = loop.run(async () => {
    if (passes.push(time.now) < 4) throw new Error("away");
  }, end.signal);

  await time.pass(50);
  loop.hurry();
  await time.pass(2_000);
  end.abort();
  await done;

  assert.deepEqual(passes, [0, 100, 300, 700]);
  assert.deepEqual(failures, [1, 2, 3]);
});

test("what onFailure throws ends the loop", async () => {
  const time = new VirtualTime();
  const loop = loopIn(time, {
    onFailure: (error) => {
      throw error;
    },
  });

  const done = loop.run(async () => {
    throw new Error("a defect");
  }, new AbortController().signal);

  await assert.rejects(done, /a defect/);
});

test("an abort ends the loop without an error, also in the middle of a pass", async () => {
  const time = new VirtualTime();
  const end = new AbortController();
  const loop = loopIn(time);
  const done = loop.run(async (signal) => {
    await time.sleep(1_000, signal);
    signal.throwIfAborted();
  }, end.signal);

  await time.pass(10);
  end.abort();

  await done;
});
