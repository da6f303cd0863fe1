/**
 * Decides after every look, with what was last good. A core that has just started has no last good: where it needs one it is reminded by its
 * proxies, and decides again.
 */
import { Recall } from "../deliver/recall.ts";
import { desire, type Desired, type LastGood } from "../desire/desire.ts";
import { recollect } from "../desire/recollect.ts";
import type { Config } from "../model/config.ts";
import type { Memories } from "../model/memory.ts";
import type { ServiceClusterName } from "../model/names.ts";
import type { Snapshot } from "../model/snapshot.ts";

/** What a decider works with. */
export interface DeciderParts {
  readonly config: Config;
  /** Takes every decision. */
  readonly onDecided: (snapshot: Snapshot, decided: Desired) => void;
  /** Takes those that count for longer than a moment: from when the proxies have been heard, where that matters. */
  readonly onSettled: (snapshot: Snapshot, decided: Desired) => void;
  /** Called after a decision that the proxies of a cluster brought about. */
  readonly onRecalled: (cluster: ServiceClusterName) => void;
  /** The tasks of the proxies in a look; `undefined` where core cannot tell them. */
  readonly proxiesIn: (snapshot: Snapshot) => ReadonlySet<string> | undefined;
}

/** Core's decisions, the newest at hand. */
export class Decider {
  readonly #parts: DeciderParts;
  /** Asks the proxies. */
  readonly recall: Recall;
  #lastGood: LastGood = new Map();
  #latest: { readonly snapshot: Snapshot; readonly decided: Desired } | undefined;
  #newest: { readonly snapshot: Snapshot; readonly lastGood: LastGood; readonly decided: Desired } | undefined;
  #settled = false;

  constructor(parts: DeciderParts) {
    this.#parts = parts;
    this.recall = new Recall({ onMemories: (cluster, memories) => this.#recalled(cluster, memories) });
  }

  /** What would be decided from a look; not decided yet. Asked again of the same look, the same answer. */
  decided(snapshot: Snapshot): Desired {
    const lastGood = this.#lastGood;
    if (this.#newest?.snapshot !== snapshot || this.#newest.lastGood !== lastGood) {
      this.#newest = { snapshot, lastGood, decided: desire(snapshot, this.#parts.config, lastGood) };
    }
    return this.#newest.decided;
  }

  /** Takes a look that counts. */
  look(snapshot: Snapshot): void {
    const isFirst = this.#latest === undefined;
    const { unmet } = this.#decide(snapshot);
    if (isFirst) this.recall.begin(unmet, this.#parts.proxiesIn(snapshot));
    else this.recall.narrow((service) => unmet.has(service));
  }

  /** Waits for the proxies' word, where there is need of it, before the first decision counts as settled. */
  async run(signal: AbortSignal): Promise<void> {
    await this.recall.settled(signal);
    this.#settled = true;
    if (this.#latest !== undefined && !signal.aborted)
      this.#parts.onSettled(this.#latest.snapshot, this.#latest.decided);
  }

  #decide(snapshot: Snapshot): Desired {
    const decided = this.decided(snapshot);
    this.#lastGood = decided.lastGood;
    this.#latest = { snapshot, decided };
    this.#parts.onDecided(snapshot, decided);
    if (this.#settled) this.#parts.onSettled(snapshot, decided);
    return decided;
  }

  #recalled(cluster: ServiceClusterName, memories: Memories): void {
    if (this.#latest === undefined) return;
    const { snapshot } = this.#latest;
    const found = recollect(memories, cluster, this.recall.needed, snapshot, this.#parts.config);
    if (found.size === 0) return;
    this.#lastGood = new Map([...this.#lastGood, ...found]);
    this.#decide(snapshot);
    this.#parts.onRecalled(cluster);
    this.recall.narrow((service) => !found.has(service));
  }
}
