/**
 * What the agent needs of core.
 */
import type { Outcome, Serving, Word } from "../model/offer.ts";

/** The connection to core. Made by `grpc-link.ts`; tests make their own. */
export interface CoreLink {
  /**
   * One stream: offers, whole first, then changes, and a word at least every second. Ends when core ends it or the signal fires.
   *
   * Fails: CORE_UNREACHABLE; the caller follows anew after a moment.
   */
  follow(serving: Serving, signal: AbortSignal): AsyncIterable<Word>;
  /**
   * Says what became of an offer of the latest stream.
   *
   * Fails: CORE_UNREACHABLE.
   */
  report(outcome: Outcome, signal: AbortSignal): Promise<void>;
}
