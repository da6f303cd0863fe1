import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { Turns } from "./turns.ts";

const hourMs = 3_600_000;
const never = new AbortController().signal;

/** Those who ask, one after the other; who has a turn is in `having`. */
function askers(turns: Turns) {
  const having: string[] = [];
  const ends = new Map<string, () => void>();
  const take = async (name: string, signal: AbortSignal): Promise<void> => {
    const turn = await turns.take(signal);
    having.push(name);
    ends.set(name, () => turn[Symbol.dispose]());
  };
  const ask = (name: string, signal = never): void => void take(name, signal);
  return { having, ask, end: (name: string): void => ends.get(name)?.() };
}

test("so many have a turn, and whoever waits longest is next when one ends", async () => {
  const { having, ask, end } = askers(new Turns(2, hourMs));
  for (const name of ["a", "b", "c", "d"]) ask(name);
  await turnOfTheLoop();
  deepEqual(having, ["a", "b"]);

  end("b");
  end("b");
  await turnOfTheLoop();
  deepEqual(having, ["a", "b", "c"]);

  for (const name of ["a", "c"]) end(name);
  await turnOfTheLoop();
  deepEqual(having, ["a", "b", "c", "d"]);
  end("d");
});

test("one that does not end is not waited for beyond its time", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { having, ask } = askers(new Turns(1, 1_000));
  for (const name of ["a", "b"]) ask(name);
  await turnOfTheLoop();

  t.mock.timers.tick(999);
  await turnOfTheLoop();
  deepEqual(having, ["a"]);

  t.mock.timers.tick(1);
  await turnOfTheLoop();
  deepEqual(having, ["a", "b"]);
});

test("whoever leaves does not wait, and takes no turn from those who stay", async () => {
  const { having, ask, end } = askers(new Turns(1, hourMs));
  const leaving = new AbortController();
  ask("a");
  await turnOfTheLoop();
  ask("b", leaving.signal);
  ask("c");
  leaving.abort();
  await turnOfTheLoop();
  deepEqual(having, ["a", "b"]);

  end("b");
  await turnOfTheLoop();
  deepEqual(having, ["a", "b"]);
  end("a");
  await turnOfTheLoop();
  deepEqual(having, ["a", "b", "c"]);
  end("c");
});
