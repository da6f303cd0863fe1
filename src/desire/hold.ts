/**
 * How long a doubtful look is held back: until one is plausible, or says the same again after a while, or somebody says that it is right.
 */
import { type Doubt, isDoubtful } from "./doubt.ts";
import { exceeds, minus } from "./holdings.ts";

/** A look that is held back. */
export interface Hold {
  readonly doubt: Doubt;
  /** When the first doubtful look of the row was. */
  readonly begunMs: number;
  /** Since when looks lack what this one lacks. */
  readonly sinceMs: number;
  /** Somebody said that it is right. */
  readonly approved: boolean;
}

/** How doubtful looks are dealt with. */
export interface Patience {
  readonly percent: number;
  /** After how long a second look confirms the first. */
  readonly delayMs: number;
}

/** What becomes of a look; `ended` says how a hold came to its end. */
export type Verdict =
  | { readonly kind: "believed"; readonly ended?: "plausible" | "confirmed" | "approved" }
  | { readonly kind: "held"; readonly hold: Hold };

/**
 * Judges a whole look.
 *
 * Shape: a look that lacks much that the held one had is another doubt: it is held anew. A look in which core does not see itself is never
 * confirmed by time.
 */
export function verdictOn(
  doubt: Doubt,
  hold: Hold | undefined,
  { percent, delayMs }: Patience,
  nowMs: number,
): Verdict {
  if (!isDoubtful(doubt, percent))
    return hold === undefined ? { kind: "believed" } : { kind: "believed", ended: "plausible" };
  if (hold === undefined || !isCovered(doubt, hold.doubt, percent)) {
    return { kind: "held", hold: { doubt, begunMs: hold?.begunMs ?? nowMs, sinceMs: nowMs, approved: false } };
  }
  if (hold.approved) return { kind: "believed", ended: "approved" };
  if (doubt.blind.length === 0 && nowMs - hold.sinceMs >= delayMs) return { kind: "believed", ended: "confirmed" };
  return { kind: "held", hold };
}

/** True when a look lacks what the held one lacked, enough of it to be doubted for, and little else: tasks come and go meanwhile. */
function isCovered(doubt: Doubt, held: Doubt, percent: number): boolean {
  const more = minus(doubt.lost, held.lost);
  const known = minus(doubt.lost, more);
  if (exceeds(more, minus(doubt.all, known), percent)) return false;
  if (held.blind.length > 0) return doubt.blind.length > 0 && doubt.blind.every((spot) => held.blind.includes(spot));
  return doubt.blind.length === 0 && exceeds(known, doubt.all, percent);
}
