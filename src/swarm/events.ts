/**
 * What the engine says by itself: changes of services, nodes, networks, secrets and configs. (Not of tasks: moby#37403.)
 */
import { backoffMs, sleep } from "../runtime/wait.ts";
import type { Docker, EngineEvent } from "./client.ts";

/** Something changed, and the event names it; or something may have been missed: look at everything. */
export type SwarmEvent = { readonly kind: "change"; readonly event: EngineEvent } | { readonly kind: "resync" };

/** How the stream is kept up. */
export interface EventsOptions {
  /** Hears why the stream was lost, and how often in a row. `undefined`: the engine ended it in order. */
  readonly onLost: (error: unknown, failures: number) => void;
  readonly random?: () => number;
  readonly firstBackoffMs?: number;
  readonly mostBackoffMs?: number;
}

/**
 * Follows the events, for as long as the signal does not fire.
 *
 * Shape: a `resync` each time the stream stands, the first time too; then changes as they come. An event may come twice.
 * Fails: never by the engine (it is asked again, with jittered backoff).
 * Source: Engine API v1.41, GET /events. The engine keeps 256 events for `since`, none over a restart; hence the `resync`.
 */
export async function* followEvents(
  docker: Pick<Docker, "events">,
  options: EventsOptions,
  signal: AbortSignal,
): AsyncGenerator<SwarmEvent> {
  const { firstBackoffMs = 100, mostBackoffMs = 5_000, random = Math.random } = options;
  let since: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    let lost: unknown;
    try {
      const events = await docker.events(since, signal);
      yield { kind: "resync" };
      for await (const event of events) {
        failures = 0;
        since = event.at;
        yield { kind: "change", event };
      }
    } catch (error) {
      lost = error;
    }
    if (signal.aborted) return;
    failures += 1;
    options.onLost(lost, failures);
    await sleep(backoffMs(failures - 1, firstBackoffMs, mostBackoffMs, random), signal);
  }
}
