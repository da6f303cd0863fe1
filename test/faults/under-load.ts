/**
 * Load before, during and after something happens, and the judgement.
 */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type Balancer, startBalancer } from "./balancer.ts";
import { type Frame, targets } from "./frame.ts";
import { emptyRecord } from "./load/duplicates.ts";
import { type Load, startLoad } from "./load/load.ts";
import type { LoadResult } from "./load/plan.ts";
import { listed, perKind, summary } from "./load/summary.ts";
import type { Excuse } from "./mischief.ts";
import { settled } from "./settled.ts";

/** How load runs. */
export interface LoadOptions {
  readonly through: "proxies" | "balancer";
  readonly ratePerS?: number;
  /** The client stops by itself after this long. */
  readonly limitMs?: number;
}

/** Load that runs, with the balancer it may go through. */
export interface RunningLoad {
  readonly load: Load;
  readonly close: () => Promise<void>;
}

const steadyMs = 1_000;
let runs = 0;

/** Starts load on the frame's applications. */
export async function loadOn(frame: Frame, options: LoadOptions): Promise<RunningLoad> {
  await emptyRecord(frame.record);
  const balancer: Balancer | undefined = options.through === "balancer" ? await startBalancer(frame.doors) : undefined;
  runs += 1;
  const load = await startLoad({
    doors: balancer === undefined ? frame.doors : [balancer.door],
    targets,
    ratePerS: options.ratePerS ?? 300,
    limitMs: options.limitMs ?? 1_800_000,
    webSockets: 2,
    downloads: 2,
    ca: frame.authority.cert,
    run: `${process.pid}-${runs}-${Date.now()}`,
    record: frame.record,
  });
  return { load, close: async () => await balancer?.close() };
}

/** Starts load, lets `happen` happen, waits until everything has settled, goes on for a second, and counts. What fails in between ends the load too. */
export async function underLoad<T>(
  frame: Frame,
  options: LoadOptions,
  happen: () => Promise<T>,
): Promise<{ readonly result: LoadResult; readonly came: T }> {
  const { load, close } = await loadOn(frame, options);
  let result: LoadResult | undefined;
  try {
    await sleep(steadyMs);
    const came = await happen();
    await settled(frame.lab);
    await sleep(steadyMs);
    result = await load.stop();
    return { result, came };
  } finally {
    if (result === undefined) await load.stop();
    await close();
  }
}

/** Fails unless everything that went wrong was allowed to, nothing took effect twice, and enough was asked for that to mean something. */
export function noneFailed(result: LoadResult, excuse: Excuse = () => false): void {
  const wrong = result.blemishes.filter((blemish) => !excuse(blemish));
  const unseen = result.blemishCount - result.blemishes.length;
  if (wrong.length > 0 || unseen > 0) {
    const more = unseen > 0 ? ` (and ${unseen} that were not kept)` : "";
    assert.fail(
      `${wrong.length}${more} went wrong that may not\n${summary(result)}\n${listed(wrong, result.began)}\n${perKind(result)}`,
    );
  }
  assert.deepEqual(result.duplicates, [], "POSTs that took effect twice");
  for (const [kind, { succeeded }] of Object.entries(result.kinds))
    assert.ok(succeeded > 0 || kind === "download", `no ${kind} succeeded: ${perKind(result)}`);
}
