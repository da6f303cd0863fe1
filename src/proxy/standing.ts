/**
 * How a structure that is wanted stands.
 */
import type { Revision } from "../model/names.ts";

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
