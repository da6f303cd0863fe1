/**
 * The classic road (`HitlessServiceUpdate = false`): what the proxies of a cluster have mounted, with changes gathered, because each of
 * them is an update of the service (record 0010).
 */
import type { SecretRef } from "../model/desired.ts";
import type { Clock } from "../runtime/wait.ts";

/** What a proxy service on the classic road is made from. They count together: a new application mostly changes several of them. */
export interface ClassicParts {
  readonly networks: readonly string[];
  readonly secrets: readonly SecretRef[];
  /** What its proxies serve, as one text. */
  readonly text: string;
}

/** How long nothing may have changed before a change counts: tasks of an application start one after the other. */
const quietMs = 1_500;

/** How long a change waits at most while others follow. */
const mostMs = 10_000;

/** A change that waits. */
interface Pending {
  readonly key: string;
  readonly parts: ClassicParts;
  /** When the oldest change came that does not count yet, and when the newest. */
  readonly sinceMs: number;
  readonly changedMs: number;
}

/** Gathers the changes of each `[Extensions.<name>]`, so that a burst is one update. */
export class Gathering {
  readonly #clock: Clock;
  readonly #counting = new Map<string, { readonly key: string; readonly parts: ClassicParts }>();
  readonly #pending = new Map<string, Pending>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes the newest, and returns what counts now; `undefined` before the first counts. */
  take(extension: string, parts: ClassicParts): ClassicParts | undefined {
    const key = JSON.stringify([parts.text, parts.networks, parts.secrets]);
    const counting = this.#counting.get(extension);
    if (counting?.key === key) {
      this.#pending.delete(extension);
      return counting.parts;
    }
    const before = this.#pending.get(extension);
    const now = this.#clock();
    const pending = {
      key,
      parts,
      sinceMs: before?.sinceMs ?? now,
      changedMs: before?.key === key ? before.changedMs : now,
    };
    this.#pending.set(extension, pending);
    if (dueMs(pending) > now) return counting?.parts;
    this.#pending.delete(extension);
    this.#counting.set(extension, { key, parts });
    return parts;
  }

  /** In how many milliseconds something that waits will count; `Infinity` when nothing waits. */
  get dueInMs(): number {
    const due = Math.min(...[...this.#pending.values()].map(dueMs));
    return Math.max(0, due - this.#clock());
  }
}

function dueMs({ sinceMs, changedMs }: Pending): number {
  return Math.min(changedMs + quietMs, sinceMs + mostMs);
}
