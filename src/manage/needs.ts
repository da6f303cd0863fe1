/**
 * What the services of every cluster must have now: from the decisions of a look, and, where proxies do not take everything from core's
 * stream, from what is printed for them.
 */
import type { DesiredCluster } from "../model/desired.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Trouble } from "../model/status.ts";
import type { Clock } from "../runtime/wait.ts";
import { Gathering } from "./classic.ts";
import { ownershipOf } from "./ownership.ts";
import { printedName } from "./printed.ts";
import type { PrintedSource } from "./printed-configs.ts";
import type { ServiceConfig, SpecContext } from "./spec.ts";
import { tooLarge } from "./troubles.ts";
import { needsOf, type Needs } from "./wanted.ts";

/** What it is found out from. */
export interface NeedParts {
  readonly extensions: readonly ServiceConfig[];
  readonly context: Pick<SpecContext, "owner" | "templates">;
  /** What the proxies of a cluster serve, or should, as one text; `undefined` before there is anything. */
  readonly printed: (cluster: ServiceConfig["cluster"]) => string | undefined;
  /** How many bytes a docker config may have. */
  readonly mostConfigBytes: number;
  readonly clock: Clock;
  /** How long a proxy service that does not exist is not made because its extension has not answered yet; 10,000 unless given. */
  readonly firstAnswerMs?: number;
}

/** What was found. */
export interface Found {
  /** By name of the TOML table. */
  readonly needs: ReadonlyMap<string, Needs>;
  /** What each proxy service should have mounted, by its name. */
  readonly sources: ReadonlyMap<string, PrintedSource>;
  readonly troubles: readonly Trouble[];
}

const defaultFirstAnswerMs = 10_000;

/** Knows what the services of every cluster must have. */
export class NeedFinder {
  readonly #parts: NeedParts;
  readonly #gathering: Gathering;
  /** Until when proxies that do not exist wait for their first text; `Infinity` when none waits. */
  #waitingUntilMs = Infinity;
  readonly #patientUntilMs: number;

  constructor(parts: NeedParts) {
    this.#parts = parts;
    this.#gathering = new Gathering(parts.clock);
    this.#patientUntilMs = parts.clock() + (parts.firstAnswerMs ?? defaultFirstAnswerMs);
  }

  /** In how many milliseconds a change that waits will count; `Infinity` when none waits. */
  get dueInMs(): number {
    return Math.min(this.#gathering.dueInMs, Math.max(0, this.#waitingUntilMs - this.#parts.clock()));
  }

  /** What is needed now, with the clusters as decided from this look. */
  find(snapshot: Snapshot, clusters: readonly DesiredCluster[]): Found {
    const decided = new Map(clusters.map((cluster) => [cluster.extension, needsOf(cluster)]));
    const needs = new Map<string, Needs>();
    const sources = new Map<string, PrintedSource>();
    const troubles: Trouble[] = [];
    this.#waitingUntilMs = Infinity;
    for (const config of this.#parts.extensions) {
      const need = decided.get(config.name);
      if (need === undefined) continue;
      const { networks, secrets } = need;
      const name = config.proxy.serviceName;
      if (config.hitless) {
        const proxies = this.#rendersTemplate(config, snapshot) ? { networks, secrets } : undefined;
        if (this.#awaitsFirst(config, snapshot)) needs.set(config.name, { ...need, proxies: "awaited" });
        else needs.set(config.name, proxies === undefined ? need : { ...need, proxies });
        sources.set(name, { config, text: () => this.#parts.printed(config.cluster) });
        continue;
      }
      const classic = this.#classic(config, need);
      if (typeof classic === "object" && "sentence" in classic) troubles.push(classic);
      if (classic === undefined || "sentence" in classic) continue;
      const { text, ...mounts } = classic;
      const printed = printedName(this.#parts.context.owner, config.name, text);
      needs.set(config.name, { ...need, proxies: { ...mounts, printed } });
      sources.set(name, { config, text: () => text });
    }
    return { needs: new Map([...decided, ...needs]), sources, troubles };
  }

  /**
   * True while a proxy service is not made yet because there is nothing for it to start from.
   *
   * Why: so its first docker config is on it from the start, as in the original (reference §1.4), and the networks of the applications that are
   * there already cost it no roll. Not for long: an extension may be unable to run.
   */
  #awaitsFirst({ cluster, proxy }: ServiceConfig, { services }: Snapshot): boolean {
    const { printed, clock } = this.#parts;
    const exists = services.some(({ name }) => name === proxy.serviceName);
    if (exists || clock() >= this.#patientUntilMs || printed(cluster) !== undefined) return false;
    this.#waitingUntilMs = this.#patientUntilMs;
    return true;
  }

  /** What counts on the classic road; `undefined` while nothing does. */
  #classic(config: ServiceConfig, { networks, secrets }: Needs): ReturnType<Gathering["take"]> | Trouble {
    const { printed, mostConfigBytes } = this.#parts;
    const text = printed(config.cluster);
    if (text === undefined) return undefined;
    const bytes = Buffer.byteLength(text);
    if (bytes > mostConfigBytes) return tooLarge(config.proxy.serviceName, bytes, mostConfigBytes);
    return this.#gathering.take(config.name, { networks, secrets, text });
  }

  /** True when the extension has a docker config mounted: by `Template`, or by hand as documented (reference §4.18). */
  #rendersTemplate({ name, extension }: ServiceConfig, { services }: Snapshot): boolean {
    const { templates, owner } = this.#parts.context;
    const service = services.find((one) => one.name === extension.serviceName && ownershipOf(one)?.owner === owner);
    return templates.has(name) || (service?.configs.length ?? 0) > 0;
  }
}
