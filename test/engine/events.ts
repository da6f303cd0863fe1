/**
 * What an engine says by itself.
 */

/** One event; `nanos` is when, since 1970. */
export interface SwarmEvent {
  readonly type: string;
  readonly action: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly nanos: bigint;
}

type Wanted = (event: SwarmEvent) => boolean;

/** How many events an engine remembers for those who ask `since`. Source: moby daemon/events, eventsLimit. */
const mostKept = 256;

/** The events of an engine, and who listens to them. */
export class EventLog {
  readonly #kept: SwarmEvent[] = [];
  readonly #listeners = new Set<(event: SwarmEvent) => void>();
  #lastNanos = 0n;

  /** Tells everybody. No two events have the same time. */
  tell(type: string, action: string, id: string, attributes: Readonly<Record<string, string>>): void {
    const now = BigInt(Date.now()) * 1_000_000n;
    this.#lastNanos = now > this.#lastNanos ? now : this.#lastNanos + 1n;
    const event: SwarmEvent = { type, action, id, attributes, nanos: this.#lastNanos };
    this.#kept.push(event);
    if (this.#kept.length > mostKept) this.#kept.shift();
    for (const listener of this.#listeners) listener(event);
  }

  /** Hands on what is remembered from `since` on, then what comes. The answer ends it. */
  listen(wanted: Wanted, since: bigint | undefined, hear: (event: SwarmEvent) => void): () => void {
    const listener = (event: SwarmEvent): void => {
      if (wanted(event)) hear(event);
    };
    if (since !== undefined) for (const event of this.#kept) if (event.nanos >= since) listener(event);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** `EventMessage`, in one line. Nanoseconds are written as they are: they do not fit a number of JavaScript. */
export function eventText({ type, action, id, attributes, nanos }: SwarmEvent): string {
  const actor = JSON.stringify({ ID: id, Attributes: attributes });
  const words = `"Type":${JSON.stringify(type)},"Action":${JSON.stringify(action)},"Actor":${actor},"scope":"swarm"`;
  return `{${words},"time":${nanos / 1_000_000_000n},"timeNano":${nanos}}\n`;
}
