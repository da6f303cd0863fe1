/**
 * What the agent needs of core.
 */
import type { Place } from "../model/desired.ts";
import type { Outcome, Serving, Word } from "../model/offer.ts";
import type { KeptMemories } from "./memories.ts";

/** Core asks for what was kept for it. */
export interface RecallWord {
  /** The services that it asks for, by id; none: all. */
  readonly recalled: readonly string[];
}

/** The connection to core. Made by `grpc-link.ts`; tests make their own. */
export interface CoreLink {
  /**
   * One stream: offers, whole first, then changes, and a word at least every second. Ends when core ends it or the signal fires. Between the offers core may ask for memories.
   *
   * Fails: CORE_UNREACHABLE; the caller follows anew after a moment.
   */
  follow(serving: Serving, signal: AbortSignal): AsyncIterable<Word | RecallWord>;
  /**
   * Says what became of an offer of the latest stream.
   *
   * Fails: CORE_UNREACHABLE.
   */
  report(outcome: Outcome, signal: AbortSignal): Promise<void>;
  /**
   * Says which endpoints could not be reached just now.
   *
   * Fails: CORE_UNREACHABLE.
   */
  reportUnreachable(places: readonly Place[], signal: AbortSignal): Promise<void>;
  /**
   * Gives core what was kept for it.
   *
   * Fails: CORE_UNREACHABLE.
   */
  remind(memories: KeptMemories, signal: AbortSignal): Promise<void>;
}
