/**
 * Keeps the services core owns as the configuration wants: after each look, plan and apply. One pass at a time, latest wins.
 */
import type { ExtensionConfig } from "../model/config.ts";
import type { DesiredCluster } from "../model/desired.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Trouble } from "../model/status.ts";
import { Bell } from "../runtime/bell.ts";
import type { Logger } from "../telemetry/log.ts";
import { apply } from "./apply.ts";
import type { ServiceEngine } from "./engine.ts";
import { plan } from "./plan.ts";
import { type TaskEngine, withReasons } from "./reasons.ts";
import type { SpecContext } from "./spec.ts";
import { noMemory } from "./step.ts";
import { wantedServices } from "./wanted.ts";

/** What a keeper works with. */
export interface KeeperParts {
  readonly engine: ServiceEngine & TaskEngine;
  readonly extensions: readonly ExtensionConfig[];
  readonly context: SpecContext;
  /** Called after each pass with everything that stands in the way. */
  readonly onTroubles: (troubles: readonly Trouble[]) => void;
  /** Called when a pass changed something: a look would show it. */
  readonly onChanged: () => void;
  readonly log: Logger;
}

/** How long several reasons for a pass are gathered: networks of services deployed together cost the proxies one roll (D16). */
const quietMs = 300;

/** How soon a pass that the engine refused is tried again, also when the Swarm shows nothing new. */
const retryMs = 5_000;

/** The keeper of core's own services. */
export class Keeper {
  readonly #parts: KeeperParts;
  readonly #bell = new Bell();
  #latest: { readonly snapshot: Snapshot; readonly networks: ReadonlyMap<string, readonly string[]> } | undefined;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** Takes the newest look and what was decided from it. */
  keep(snapshot: Snapshot, clusters: readonly DesiredCluster[]): void {
    this.#latest = { snapshot, networks: new Map(clusters.map((cluster) => [cluster.extension, cluster.networks])) };
    this.#bell.ring();
  }

  /** Runs passes until the signal fires. What the engine refuses becomes a trouble and is tried again. */
  async run(signal: AbortSignal): Promise<void> {
    const { engine, extensions, context, onTroubles, onChanged, log } = this.#parts;
    using bell = this.#bell.listen();
    let memory = noMemory;
    let refused = false;
    while (!signal.aborted) {
      if (!(await bell.wait(refused ? retryMs : 60_000, signal)) && !refused) continue;
      await bell.wait(quietMs, signal);
      const latest = this.#latest;
      if (latest === undefined || signal.aborted) continue;
      const wanted = wantedServices(extensions, latest.networks, context);
      const planned = plan(latest.snapshot, wanted, context.owner, memory);
      const applied = await apply(engine, planned.steps, memory, log, signal);
      memory = applied.memory;
      refused = applied.troubles.length > 0;
      const explained = await withReasons(engine, planned.troubles, planned.rolledBack, signal);
      onTroubles([...explained, ...applied.troubles]);
      if (applied.done.length > 0) onChanged();
    }
  }
}
