/**
 * Keeps the services core owns as the configuration wants: after each look, plan and apply. One pass at a time, latest wins.
 */
import type { ExtensionConfig } from "../model/config.ts";
import type { DesiredCluster } from "../model/desired.ts";
import { isInterlockError } from "../model/errors.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Trouble } from "../model/status.ts";
import { Bell } from "../runtime/bell.ts";
import type { Logger } from "../telemetry/log.ts";
import { apply } from "./apply.ts";
import type { ConfigMaker, SecretEngine, ServiceEngine } from "./engine.ts";
import { type Look, matters } from "./matters.ts";
import { type Found, NeedFinder, type NeedParts } from "./needs.ts";
import { type Plan, plan } from "./plan.ts";
import { PrintedConfigs } from "./printed-configs.ts";
import { type TaskEngine, withReasons } from "./reasons.ts";
import { Rolls } from "./rolls.ts";
import type { SpecContext } from "./spec.ts";
import { type Memory, noMemory, type WantedService } from "./step.ts";
import { Tokens } from "./tokens.ts";
import { tokenRefused } from "./troubles.ts";
import { wantedServices, type Needs } from "./wanted.ts";

/** What a keeper works with. */
export interface KeeperParts {
  readonly engine: ServiceEngine & TaskEngine & SecretEngine & ConfigMaker;
  readonly extensions: readonly ExtensionConfig[];
  readonly context: SpecContext;
  readonly printed: NeedParts["printed"];
  readonly mostConfigBytes: number;
  readonly firstAnswerMs?: number;
  /** Called after each pass with everything that stands in the way. */
  readonly onTroubles: (troubles: readonly Trouble[]) => void;
  /** Called when a pass changed something: a look would show it. */
  readonly onChanged: () => void;
  readonly log: Logger;
}

/** What there should be, with the tokens the services use. */
interface Wanted {
  readonly services: readonly WantedService[];
  readonly tokens: ReadonlySet<string>;
}

/** A look, what it needs, and what would have to be done. */
type Pass = { readonly snapshot: Snapshot; readonly found: Found } & (
  | { readonly wanted: Wanted; readonly planned: Plan }
  /** What there should be cannot be said. */
  | { readonly planned?: undefined; readonly trouble: Trouble }
);

/** How long networks are gathered: those of services deployed together cost the proxies one roll (D16). Nothing else waits for that. */
const quietMs = 300;

/** How soon a pass that the engine refused, or that put something off, is tried again, also when the Swarm shows nothing new. */
const retryMs = 5_000;

/** The keeper of core's own services. */
export class Keeper {
  readonly #parts: KeeperParts;
  readonly #bell = new Bell();
  readonly #tokens: Tokens;
  readonly #configs: PrintedConfigs;
  readonly #finder: NeedFinder;
  readonly #rolls = new Rolls();
  #latest: Look | undefined;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    const { engine, context, mostConfigBytes, log } = parts;
    this.#tokens = new Tokens(engine, context.owner, log);
    this.#configs = new PrintedConfigs(engine, context.owner, mostConfigBytes, log);
    this.#finder = new NeedFinder({ ...parts, clock: () => performance.now() });
  }

  /** Takes the newest look and what was decided from it. Where it shows nothing that matters there is no pass, and no cost. */
  keep(snapshot: Snapshot, clusters: readonly DesiredCluster[]): void {
    const before = this.#latest;
    const latest = { snapshot, clusters };
    this.#latest = latest;
    if (before === undefined || this.#printsAll || matters(before, latest, this.#parts.context.owner))
      this.#bell.ring();
  }

  /** Another text may be printed for a cluster than at the last pass. Most of the time nobody waits for it: a service that is made or changed takes what there is then. */
  reprint(): void {
    if (this.#printsAll || this.#finder.dueInMs < Infinity) this.#bell.ring();
  }

  /** True where all that is served is in a docker config: on the classic road. */
  get #printsAll(): boolean {
    return this.#parts.extensions.some(({ hitless }) => !hitless);
  }

  /** Runs passes until the signal fires. What the engine refuses becomes a trouble and is tried again. */
  async run(signal: AbortSignal): Promise<void> {
    const { engine, extensions, onTroubles, onChanged, log } = this.#parts;
    using bell = this.#bell.listen();
    let memory = noMemory;
    let again = false;
    let putOff: readonly string[] = [];
    while (!signal.aborted) {
      const rang = await bell.wait(Math.min(again ? retryMs : 60_000, this.#finder.dueInMs), signal);
      if (!rang && !again && this.#finder.dueInMs > 0) continue;
      let pass = await this.#pass(memory, signal);
      if (pass?.planned?.steps.some(({ kind }) => kind === "setNetworks")) {
        await bell.wait(quietMs, signal);
        pass = await this.#pass(memory, signal);
      }
      if (pass === undefined || signal.aborted) continue;
      const { snapshot, found, planned } = pass;
      if (planned === undefined) {
        again = true;
        onTroubles([pass.trouble]);
        continue;
      }
      const { wanted } = pass;
      const { now, later } = this.#rolls.sort(planned.steps, wanted.services, snapshot, performance.now());
      for (const { name, why } of later)
        if (!putOff.includes(name)) log.info({ service: name, why }, "Service change put off until its roll is over");
      putOff = later.map(({ name }) => name);
      const mounted = await this.#configs.mounting(now, found.sources, snapshot.configs, signal);
      const applied = await apply(engine, mounted.steps, memory, log, signal);
      memory = applied.memory;
      again = mounted.troubles.length + applied.troubles.length + later.length > 0;
      const explained = await withReasons(engine, planned.troubles, planned.rolledBack, signal);
      onTroubles([...found.troubles, ...explained, ...mounted.troubles, ...applied.troubles]);
      if (applied.done.length > 0) onChanged();
      // Services that are changing may still mount what they had.
      if (planned.steps.length > 0) continue;
      await this.#tokens.removeOthers(snapshot.secrets, wanted.tokens, signal);
      await this.#configs.removeOthers(snapshot, new Set(extensions.map(({ name }) => name)), signal);
    }
  }

  /** From the newest look; undefined before the first. */
  async #pass(memory: Memory, signal: AbortSignal): Promise<Pass | undefined> {
    if (this.#latest === undefined) return undefined;
    const { snapshot, clusters } = this.#latest;
    const found = this.#finder.find(snapshot, clusters);
    const wanted = await this.#wanted(snapshot, found.needs, signal);
    if ("trouble" in wanted) return { snapshot, found, ...wanted };
    return { snapshot, found, wanted, planned: plan(snapshot, wanted.services, this.#parts.context.owner, memory) };
  }

  /** What there should be. Without a control network each service needs a token first; when one cannot be made, nothing is touched. */
  async #wanted(
    snapshot: Snapshot,
    needs: ReadonlyMap<string, Needs>,
    signal: AbortSignal,
  ): Promise<Wanted | { readonly trouble: Trouble }> {
    const { extensions, context } = this.#parts;
    const services = wantedServices(extensions, needs, context);
    if (context.controlNetworkId !== undefined) return { services, tokens: new Set() };
    try {
      const tokens = await this.#tokens.ensure(snapshot.secrets, services, signal);
      return { services: wantedServices(extensions, needs, { ...context, tokens }), tokens: new Set(tokens.keys()) };
    } catch (error) {
      if (!isInterlockError(error)) throw error;
      return { trouble: tokenRefused(context.owner, error.message) };
    }
  }
}
