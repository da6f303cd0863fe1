/**
 * What core is told: the newest outcome, and what is in trouble.
 */
import type { Outcome, Serving } from "../model/offer.ts";
import type { Standing } from "./standing.ts";
import type { Wanted } from "./wanted.ts";

/** An outcome with the stream it belongs to. */
export interface StreamOutcome {
  readonly stream: number;
  readonly outcome: Outcome;
}

/** What can be in trouble while the proxy serves; told in this order. */
const parts = ["tables", "certificates", "disk"] as const;

/** One proxy's outcomes. Latest wins. */
export class Outcomes {
  readonly #troubles = new Map<(typeof parts)[number], string>();
  #reloaded = false;
  #lastWord = "";
  #newest: StreamOutcome | undefined;

  /** The newest outcome; `undefined` before the first offer has been dealt with. */
  get newest(): StreamOutcome | undefined {
    return this.#newest;
  }

  /** Takes note of what is wrong with a part, in a sentence, or that nothing is any more. True when that is news. */
  trouble(part: (typeof parts)[number], sentence: string | undefined): boolean {
    if (sentence === this.#troubles.get(part)) return false;
    if (sentence === undefined) this.#troubles.delete(part);
    else this.#troubles.set(part, sentence);
    return true;
  }

  /** Takes note of a reload; the next outcome tells it. */
  reloaded(): void {
    this.#reloaded = true;
  }

  /** Makes the outcome of what has been dealt with. True when anything about it is new. */
  settle({ version, stream, sequence }: Wanted, standing: Standing, serving: Serving): boolean {
    if (version === 0 || standing.kind === "pending") return false;
    const trouble = parts.flatMap((part) => this.#troubles.get(part) ?? []).join("; ");
    const word = JSON.stringify([version, standing, trouble]);
    if (word === this.#lastWord) return false;
    this.#lastWord = word;
    const common = { sequence, serving, ...(trouble === "" ? {} : { trouble }) };
    const outcome: Outcome =
      standing.kind === "served"
        ? { kind: "applied", ...common, reloaded: this.#reloaded }
        : { kind: "refused", ...common, structure: standing.refusal.structure, reason: standing.refusal.reason };
    this.#reloaded = false;
    this.#newest = { stream, outcome };
    return true;
  }
}
