/**
 * The docker configs with what proxies serve: made before the step that mounts them, removed when nobody needs them.
 */
import { isInterlockError } from "../model/errors.ts";
import type { Snapshot, SwarmObject } from "../model/snapshot.ts";
import type { Trouble } from "../model/status.ts";
import type { Logger } from "../telemetry/log.ts";
import type { ConfigMaker, ConfigMount } from "./engine.ts";
import { coldStartPath, printedMount } from "./mounts.ts";
import { newestPrinted, printedBy, printedConfig, superfluous, withConfig } from "./printed.ts";
import type { ServiceConfig } from "./spec.ts";
import type { Step } from "./step.ts";
import { configRefused } from "./troubles.ts";

/** What the proxies of one `[Extensions.<name>]` serve. */
export interface PrintedSource {
  readonly config: ServiceConfig;
  /** Asked only when a step mounts it; `undefined` when there is nothing yet. */
  readonly text: () => string | undefined;
}

/** What to do instead, and what stands in the way. */
export interface Mounted {
  readonly steps: readonly Step[];
  readonly troubles: readonly Trouble[];
}

/** Keeps the docker configs of one core. */
export class PrintedConfigs {
  readonly #engine: ConfigMaker;
  readonly #owner: string;
  readonly #mostBytes: number;
  readonly #log: Logger;
  /** Those made here, by name: a look from before does not show them. */
  readonly #made = new Map<string, string>();
  /** Why a service goes without, by its name: said once. */
  readonly #said = new Map<string, string>();

  constructor(engine: ConfigMaker, owner: string, mostBytes: number, log: Logger) {
    this.#engine = engine;
    this.#owner = owner;
    this.#mostBytes = mostBytes;
    this.#log = log;
  }

  /**
   * The steps with the docker config that each proxy service mounts first, by name of the service.
   *
   * Shape: on the classic road it is what the service is for: without it there is a trouble and no step, and joining a network leaves it as
   * it is. Else it is for a cold start only: the newest, where there is one and it can be made.
   */
  async mounting(
    steps: readonly Step[],
    sources: ReadonlyMap<string, PrintedSource>,
    configs: readonly SwarmObject[],
    signal: AbortSignal,
  ): Promise<Mounted> {
    const mounted: Step[] = [];
    const troubles: Trouble[] = [];
    for (const step of steps) {
      const source = step.kind === "removeService" ? undefined : sources.get(step.name);
      if (source === undefined || (step.kind === "setNetworks" && !source.config.hitless)) {
        mounted.push(step);
        continue;
      }
      const mount = await this.#mount(source, configs, signal);
      if (typeof mount === "string" && !source.config.hitless) {
        troubles.push(configRefused(step.name, mount));
        continue;
      }
      if (typeof mount === "string") this.#sayOnce(step.name, mount);
      mounted.push(typeof mount === "object" ? withMount(step, mount) : step);
    }
    return { steps: mounted, troubles };
  }

  /** Removes what nobody needs any more; what a service still mounts stays until it does not. */
  async removeOthers(
    snapshot: Pick<Snapshot, "configs" | "services">,
    extensions: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<void> {
    for (const { id, name } of superfluous(snapshot, this.#owner, extensions)) {
      try {
        await this.#engine.removeConfig(id, signal);
        this.#log.info({ config: name }, "Docker config removed");
      } catch (error) {
        if (!isInterlockError(error) && !signal.aborted) throw error;
      }
      this.#made.delete(name);
    }
  }

  /** The mount; or why there is none, as a sentence; or `undefined` when there is nothing to mount. */
  async #mount(
    { config, text }: PrintedSource,
    configs: readonly SwarmObject[],
    signal: AbortSignal,
  ): Promise<ConfigMount | string | undefined> {
    const content = text();
    if (content === undefined) {
      // A core that has just started, whose extension has not answered yet: an older one to start from is better than none.
      const newest = config.hitless ? newestPrinted(this.#owner, config, configs) : undefined;
      return newest === undefined ? undefined : printedMount(newest, coldStartPath);
    }
    const bytes = Buffer.byteLength(content);
    if (bytes > this.#mostBytes) return `it has ${bytes} bytes, and a docker config holds ${this.#mostBytes}`;
    const spec = printedConfig(this.#owner, config, content, new Date());
    const path = config.hitless ? coldStartPath : config.proxy.configPath;
    const seen = printedBy(this.#owner, configs).find(({ name }) => name === spec.name);
    if (seen !== undefined) return printedMount(seen, path);
    try {
      const { id } = await this.#engine.createConfig(spec, signal);
      this.#made.set(spec.name, id);
      this.#log.info({ config: spec.name, extension: config.name, bytes }, "Docker config made");
      return printedMount({ id, name: spec.name }, path);
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!isInterlockError(error)) throw error;
      // Made here a moment ago, and the look is older.
      const id = this.#made.get(spec.name);
      if (id !== undefined && error.code === "DOCKER_CONFLICT") return printedMount({ id, name: spec.name }, path);
      return error.message;
    }
  }

  #sayOnce(service: string, reason: string): void {
    if (this.#said.get(service) === reason) return;
    this.#said.set(service, reason);
    this.#log.warn({ service, reason }, "Proxies go without a docker config to start from");
  }
}

function withMount(step: Step, config: ConfigMount): Step {
  if (step.kind === "removeService") return step;
  return step.kind === "setNetworks" ? { ...step, config } : { ...step, spec: withConfig(step.spec, config) };
}
