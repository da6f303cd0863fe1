/**
 * What each row came to, kept as lines of JSON when INTERLOCK_FAULT_REPORT names a file.
 */
import { appendFileSync } from "node:fs";
import type { LoadResult } from "./load/plan.ts";
import { totals, type Totals } from "./load/summary.ts";

/** One line. */
export interface Recorded {
  readonly row: string;
  readonly mischief: string;
  readonly allowed: string;
  readonly rounds: number;
  readonly seed: number;
  readonly seconds: number;
  readonly totals: Totals;
  /** Requests that went wrong and were allowed to. */
  readonly excused: number;
  /** What was measured on the way, in words. */
  readonly said: readonly string[];
  readonly passed: boolean;
}

/** Keeps a line; does nothing when no report is asked for. */
export function recordRow(of: Omit<Recorded, "totals" | "seconds">, result: LoadResult): void {
  const path = process.env["INTERLOCK_FAULT_REPORT"];
  if (path === undefined) return;
  const line: Recorded = { ...of, seconds: (result.ended - result.began) / 1_000, totals: totals(result) };
  appendFileSync(path, `${JSON.stringify(line)}\n`);
}
