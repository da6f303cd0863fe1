/**
 * Believing what the Swarm says: decides from each look, and holds back one that would take too much away (record 0015).
 */
import { doubtOf, type Doubt, isDoubtful, lackSentence, type Seen } from "../desire/doubt.ts";
import type { OwnPlace } from "../desire/blind.ts";
import type { Desired } from "../desire/desire.ts";
import { type Hold, type Verdict, verdictOn } from "../desire/hold.ts";
import { vanishedServices } from "../desire/vanished.ts";
import { printDuration } from "../config/duration.ts";
import type { Config } from "../model/config.ts";
import { isInterlockError } from "../model/errors.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Trouble } from "../model/status.ts";
import type { Clock } from "../runtime/wait.ts";
import type { Docker, EngineEvent } from "../swarm/client.ts";
import type { LookKind } from "../swarm/watch.ts";
import type { Logger } from "../telemetry/log.ts";
import { Hearsay } from "./hearsay.ts";

/** What a judge works with. */
export interface JudgeParts {
  readonly engine: Pick<Docker, "service">;
  readonly hold: Config["hold"];
  /** What would be decided from a look. */
  readonly decide: (snapshot: Snapshot) => Desired;
  readonly own: OwnPlace;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How many of the services that a list lacks are asked for one by one. */
const mostAsked = 5;

/** Decides which looks count. One look is judged at a time. */
export class Judge {
  readonly #parts: JudgeParts;
  readonly #hearsay: Hearsay;
  #believed: Seen | undefined;
  #hold: Hold | undefined;

  constructor(parts: JudgeParts) {
    this.#parts = parts;
    this.#hearsay = new Hearsay(parts.clock);
  }

  /** Takes what the engine says by itself: a reason for what the next look lacks. */
  hear(event: EngineEvent): void {
    this.#hearsay.hear(event);
  }

  /**
   * Whether a look counts.
   *
   * Shape: only whole looks begin or end a hold. A look at some of it that cannot be believed leads to a whole one.
   * Fails: with the signal's reason.
   */
  async believes(snapshot: Snapshot, look: LookKind, signal: AbortSignal): Promise<boolean> {
    const { decide, hold, clock } = this.#parts;
    const seen = { snapshot, clusters: decide(snapshot).clusters };
    const doubt = await this.#doubt(seen, signal);
    if (look === "part") {
      if (isDoubtful(doubt, hold.percent)) return false;
    } else {
      const verdict = verdictOn(doubt, this.#hold, hold, clock());
      this.#note(verdict);
      if (verdict.kind === "held") return false;
      this.#hearsay.forget();
    }
    this.#believed = seen;
    return true;
  }

  /** The operator's word that what is held back is right: the next whole look that says so counts. The answer is what it lacks; empty when nothing is held back. */
  approve(): string {
    if (this.#hold === undefined) return "";
    this.#hold = { ...this.#hold, approved: true };
    return `a look at the Swarm that lacks ${lackSentence(this.#hold.doubt)}`;
  }

  /** What is held back, for `status`. */
  trouble(): Trouble | undefined {
    const hold = this.#hold;
    if (hold === undefined) return undefined;
    const { clock } = this.#parts;
    const stands = this.#believed === undefined ? "proxies keep what they serve" : "what was seen before stands";
    const delay = printDuration(this.#parts.hold.delayMs);
    const remedy =
      hold.doubt.blind.length > 0
        ? "see to the engine core talks to: no time makes such a look right, only 'interlock approve'"
        : `if that is right, run 'interlock approve'; if not, see to the engine core talks to before it has said so for ${delay}`;
    return {
      subject: "look at the Swarm",
      sentence: `it lacks ${lackSentence(hold.doubt)}, and nothing says why; ${stands}, for ${printDuration(secondsOf(clock() - hold.begunMs))} now`,
      remedy,
    };
  }

  async #doubt(seen: Seen, signal: AbortSignal): Promise<Doubt> {
    const { decide, hold, own } = this.#parts;
    const { percent } = hold;
    const standards = { own, percent, decide: (snapshot: Snapshot) => decide(snapshot).clusters };
    const before = this.#believed;
    const doubt = doubtOf(before, seen, this.#hearsay.heard, standards);
    if (before === undefined || doubt.blind.length > 0 || !isDoubtful(doubt, percent)) return doubt;
    // Its event may be on its way, or lost with the stream.
    const missing = vanishedServices(before.snapshot, seen.snapshot, this.#hearsay.heard).map(({ id }) => id);
    if (!(await this.#areGone(missing, signal))) return doubt;
    this.#hearsay.removed(missing);
    return doubtOf(before, seen, this.#hearsay.heard, standards);
  }

  /** Asks for some of these services by their ids: true when the engine says of each that it does not exist. */
  async #areGone(ids: readonly string[], signal: AbortSignal): Promise<boolean> {
    const step = Math.max(1, ids.length / mostAsked);
    const sample = Array.from({ length: Math.min(ids.length, mostAsked) }, (_, i) => ids[Math.floor(i * step)] ?? "");
    const gone = await Promise.all(
      sample.map(async (id) => {
        try {
          await this.#parts.engine.service(id, signal);
          return false;
        } catch (error) {
          signal.throwIfAborted();
          if (!isInterlockError(error)) throw error;
          return error.code === "DOCKER_NOT_FOUND";
        }
      }),
    );
    return sample.length > 0 && gone.every(Boolean);
  }

  /** Takes a verdict, and says what is new about it. */
  #note(verdict: Verdict): void {
    const { log, clock } = this.#parts;
    const before = this.#hold;
    this.#hold = verdict.kind === "held" ? verdict.hold : undefined;
    if (verdict.kind === "held" && before === undefined) {
      log.warn({ lacks: lackSentence(verdict.hold.doubt) }, "Look held back");
    }
    if (verdict.kind === "believed" && before !== undefined) {
      log.info({ how: verdict.ended, heldMs: Math.round(clock() - before.begunMs) }, "Hold ended");
    }
  }
}

function secondsOf(ms: number): number {
  return Math.round(ms / 1_000) * 1_000;
}
