/**
 * What the engine said lately, kept for as long as it can be the reason for what a look lacks.
 */
import type { Heard } from "../desire/vanished.ts";
import type { Clock } from "../runtime/wait.ts";
import type { EngineEvent } from "../swarm/client.ts";

/** How long before the last look that counts something may have been said: the lists of that look were not all read after it. */
const keptMs = 3_000;

/** Reasons, by the id of what they are about. */
export class Hearsay {
  readonly #clock: Clock;
  readonly #updated = new Map<string, number>();
  readonly #removed = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** All of it. */
  get heard(): Heard {
    return { updated: new Set(this.#updated.keys()), removed: new Set(this.#removed.keys()) };
  }

  /** Takes an event. Why only updates of services: nodes, networks and secrets show in the lists what became of them. */
  hear({ type, action, id }: EngineEvent): void {
    if (action === "remove") this.removed([id]);
    else if (action === "update" && type === "service") this.#updated.set(id, this.#clock());
  }

  /** Takes what is known to be gone. */
  removed(ids: readonly string[]): void {
    for (const id of ids) this.#removed.set(id, this.#clock());
  }

  /** A look counts: what was said long before it explains nothing any more. */
  forget(): void {
    const until = this.#clock() - keptMs;
    for (const said of [this.#updated, this.#removed]) {
      for (const [id, at] of said) if (at < until) said.delete(id);
    }
  }
}
