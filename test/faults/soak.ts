/**
 * The soak: for a long time, one mischief after the other at random, under one load through a load balancer.
 */
import { isDeepStrictEqual } from "node:util";
import { diagnosis } from "./diagnosis.ts";
import { faultFrame } from "./frame.ts";
import type { Blemish, LoadResult } from "./load/plan.ts";
import { listed, summary } from "./load/summary.ts";
import type { Excuse } from "./mischief.ts";
import { mischiefs } from "./mischiefs/all.ts";
import { Random } from "./random.ts";
import { freshStart, settled } from "./settled.ts";
import { loadOn } from "./under-load.ts";

/** What became of a mischief over the whole soak. */
export interface Soaked {
  readonly name: string;
  readonly allowed: string;
  times: number;
  /** Requests that went wrong while it happened: those that may, and those that may not. */
  excused: number;
  wrong: number;
  /** How often it could not be ended, or nothing settled after it. */
  broken: number;
}

/** What became of a soak. */
export interface SoakResult {
  readonly seed: number;
  readonly load: LoadResult;
  readonly mischiefs: readonly Soaked[];
  /** Everything that is not as it must be, in words. Empty is good. */
  readonly faults: readonly string[];
}

/** Soaks for some minutes. The seed decides what happens in which order. */
export async function soak(minutes: number, seed: number, say: (line: string) => void): Promise<SoakResult> {
  const random = new Random(seed);
  const { frame } = await faultFrame();
  const faults: string[] = [];
  const counts = new Map(
    mischiefs.map((one) => [one, { name: one.name, allowed: one.allowed, times: 0, excused: 0, wrong: 0, broken: 0 }]),
  );
  const { load, close } = await loadOn(frame, { through: "balancer", limitMs: (minutes + 30) * 60_000 });
  const end = performance.now() + minutes * 60_000;
  let seen = 0;
  while (performance.now() < end) {
    const mischief = random.pick(mischiefs);
    const count = counts.get(mischief);
    if (count === undefined) break;
    count.times += 1;
    say(mischief.name);
    let excuse: Excuse | undefined;
    try {
      excuse = await mischief.run({ frame, random, rounds: 1, thorough: false, say });
      await settled(frame.lab, 120_000);
    } catch (error) {
      count.broken += 1;
      faults.push(`${mischief.name}: ${String(error)}`);
      say(`  ${String(error)}`);
    }
    const now = await load.glance();
    const fresh = now.blemishes.slice(seen);
    seen = now.blemishes.length;
    const wrong = fresh.filter((blemish: Blemish) => excuse?.(blemish) !== true);
    count.wrong += wrong.length;
    count.excused += fresh.length - wrong.length;
    if (wrong.length > 0) {
      faults.push(`${mischief.name}: ${wrong.length} requests went wrong that may not\n${listed(wrong, now.began)}`);
      say(`${listed(wrong, now.began)}\n${await diagnosis(frame.lab, now)}`);
    }
  }
  const result = await load.stop();
  await close();
  say(summary(result));
  if (result.duplicates.length > 0) faults.push(`POSTs took effect twice: ${result.duplicates.join(", ")}`);
  if (result.blemishCount > result.blemishes.length)
    faults.push(`${result.blemishCount - result.blemishes.length} more requests went wrong`);
  const after = await settled(frame.lab);
  if (!isDeepStrictEqual(await freshStart(frame.lab), after)) faults.push("a fresh start shows something else");
  return { seed, load: result, mischiefs: [...counts.values()], faults };
}
