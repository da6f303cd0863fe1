/**
 * What happens to the Docker API: core's engine hangs, fails on a list, cuts an answer, loses its mind, goes away.
 */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { statusOf, until } from "../../e2e/swarm.ts";
import type { EngineFault, EngineList, EngineProxy } from "../../lab/engine-proxy.ts";
import type { Frame } from "../frame.ts";
import { withMisbehavingEngine } from "../misbehaving-engine.ts";
import type { Mischief } from "../mischief.ts";
import { nothingLost } from "../neighbour.ts";
import { settled } from "../settled.ts";

/** Longer than several looks, hot ones and polls, and than a proxy needs to be told of a loss. */
const lastsMs = 8_000;
/** Those that most depends on first. */
const lists: readonly EngineList[] = ["tasks", "services", "networks", "nodes", "configs", "secrets"];

/** Nobody but core is behind this engine. */
export const engineMisbehaves: Mischief = {
  name: "core's Docker API hangs, is late, fails, is cut, goes away, is empty",
  allowed: "0, no route lost",
  run: async (stage) => {
    const { frame, say } = stage;
    const full = stage.thorough;
    const faults: readonly EngineFault[] = [
      { kind: "slow", delayMs: 2_000 },
      ...(full ? lists : lists.slice(0, 1)).map((list) => ({ kind: "error", lists: [list] }) as const),
      ...(full ? lists : lists.slice(1, 2)).map((list) => ({ kind: "truncated", lists: [list] }) as const),
      { kind: "away" },
      ...(full ? lists : lists.slice(0, 2)).map((list) => ({ kind: "empty", lists: [list] }) as const),
      { kind: "empty" },
    ];
    await withMisbehavingEngine(frame.lab, async (engine) => {
      await settled(frame.lab);
      await hang(frame, engine);
      for (const fault of faults) {
        const what = JSON.stringify(fault);
        say(`${new Date().toISOString().slice(11, 23)} the engine is ${what}`);
        engine.become(fault);
        await sleep(lastsMs);
        await nothingLost(frame, `the engine is ${what}`);
        assert.ok(engine.met() > 0, `core asked nothing while the engine was ${what}`);
        engine.become({ kind: "none" });
        await settled(frame.lab);
      }
    });
    return undefined;
  },
};

/** Status says so, with the age of what stands. */
async function hang(frame: Frame, engine: EngineProxy): Promise<void> {
  engine.become({ kind: "silent" });
  const { lookAgeS } = await until("status to say so", 40_000, async () => {
    const status = await statusOf(frame.lab);
    return status.lookFailure !== undefined && status;
  });
  await nothingLost(frame, "the engine is silent");
  engine.become({ kind: "none" });
  assert.ok((lookAgeS ?? 0) > 5, `the look is ${lookAgeS} s old`);
  await settled(frame.lab);
}

/** Its containers, core among them, run on, as they do where live restore is on, or are started again with it. */
export const engineRestarts: Mischief = {
  name: "the engine of core's node is ended, is killed, and starts again",
  allowed: "0, no route lost",
  run: async ({ frame }) => {
    const node = frame.lab.node(1);
    for (const end of ["stop", "kill"] as const) {
      await node[end]();
      try {
        await sleep(3_000);
        await nothingLost(frame, "the engine is away");
      } finally {
        await node.start();
      }
      await settled(frame.lab, 120_000);
    }
    return undefined;
  },
};
