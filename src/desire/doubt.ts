/**
 * Whether a look at the Swarm can be believed: what it would take away without a reason.
 */
import type { DesiredCluster } from "../model/desired.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { blindSpots, type OwnPlace } from "./blind.ts";
import { type Holdings, exceeds, holdingsOf, inBoth, listed, lossSentence, minus, noHoldings } from "./holdings.ts";
import { losesLittle } from "./losses.ts";
import { type Heard, mended } from "./vanished.ts";

/** A snapshot and what was decided from it. */
export interface Seen {
  readonly snapshot: Snapshot;
  readonly clusters: readonly DesiredCluster[];
}

/** What speaks against a look. */
export interface Doubt {
  /** What core should see of itself and does not. */
  readonly blind: readonly string[];
  /** What is lost without a reason. */
  readonly lost: Holdings;
  /** What there was. */
  readonly all: Holdings;
}

/** What a look is judged by. */
export interface Standards {
  readonly own: OwnPlace;
  /** The share of all routes, endpoints or certificates that may be lost at once without a reason; 0: all of them. */
  readonly percent: number;
  /** Decides from another snapshot as was decided from the newer one. */
  readonly decide: (snapshot: Snapshot) => readonly DesiredCluster[];
}

/**
 * Finds what speaks against a look, beside the last one that was believed.
 *
 * Shape: what is lost for a reason is not in the doubt. It is found by deciding once more, with everything put back that vanished without one:
 * what is then not lost had no reason to be.
 * Why only then: most looks lose little, and are not worth a second decision, nor that everything there is be named.
 */
export function doubtOf(older: Seen | undefined, newer: Seen, heard: Heard, standards: Standards): Doubt {
  const { own, percent, decide } = standards;
  const blind = blindSpots(own, older?.snapshot, newer.snapshot, heard);
  const nothing: Doubt = { blind, lost: noHoldings, all: noHoldings };
  if (older === undefined || (blind.length === 0 && losesLittle(older.clusters, newer.clusters))) return nothing;
  const all = holdingsOf(older.clusters);
  const none: Doubt = { ...nothing, all };
  const lost = minus(all, holdingsOf(newer.clusters));
  if (blind.length === 0 && !exceeds(lost, all, percent)) return none;
  const whole = mended(older.snapshot, newer.snapshot, heard);
  return whole === newer.snapshot ? none : { ...none, lost: inBoth(lost, holdingsOf(decide(whole))) };
}

/** True when a look is not to be believed at once. */
export function isDoubtful({ blind, lost, all }: Doubt, percent: number): boolean {
  return blind.length > 0 || exceeds(lost, all, percent);
}

/** What a look lacks, as the end of a sentence that begins with "lacks". */
export function lackSentence({ blind, lost, all }: Doubt): string {
  const losses = lossSentence(lost, all);
  return listed([...blind, ...(losses === "" ? [] : [losses])]);
}
