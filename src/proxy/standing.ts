/**
 * How the structure that core wants stands.
 */
import type { Revision } from "../model/names.ts";
import { backoffMs } from "../runtime/wait.ts";
import type { Verdict } from "./slow-road.ts";

/** Why the wanted structure is not served. `retryAtMs` when it deserves another try. */
export interface Refusal {
  readonly structure: Revision;
  readonly reason: string;
  readonly failures: number;
  readonly retryAtMs?: number;
}

/** How the wanted structure stands. */
export type Standing =
  | { readonly kind: "pending" }
  | { readonly kind: "served" }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** The refusal after a verdict; one that is unsure is to be tried again, later each time. */
export function refusalAfter(
  before: Refusal | undefined,
  structure: Revision,
  verdict: Exclude<Verdict, { readonly kind: "serving" }>,
): Refusal {
  const failures = before?.structure === structure ? before.failures + 1 : 0;
  const retry = verdict.kind === "unsure" ? { retryAtMs: performance.now() + backoffMs(failures, 2_000, 60_000) } : {};
  return { structure, reason: verdict.reason, failures, ...retry };
}
