/**
 * The structure of one cluster as its extension follows it: numbered, only the newest.
 */
import type { DesiredCluster, Structure } from "../model/desired.ts";
import { changesNothing, type ChangeSince, routesBetween } from "../model/routes-change.ts";
import { Bell } from "../runtime/bell.ts";

/** How often a silent stream says that it is alive. */
const heartbeatMs = 5_000;

/** A structure with the number an extension answers it by. */
export interface VersionedStructure {
  readonly version: number;
  readonly structure: Structure;
  /** What its routes change of those of an earlier version; absent for who knows none. */
  readonly change?: ChangeSince;
}

/** What an extension asks for. */
export interface StructuresAsked {
  /** It renders an operator's template: its structures must bring the backends. */
  readonly template: boolean;
  /** It takes structures as changes of those it got before. */
  readonly changes: boolean;
}

/** The structures of one cluster. */
export class Structures {
  readonly #bell = new Bell();
  #desired: DesiredCluster;
  #version: number;
  /** The newest, as {@link Structures.version} counts it. */
  #newest: Structure;
  #followers = 0;
  #template = false;

  /** `firstVersion` differs from core to core, so that an answer to an earlier core's structure is not taken for one to ours. */
  constructor(desired: DesiredCluster, firstVersion: number) {
    this.#desired = desired;
    this.#version = firstVersion;
    this.#newest = desired.structure;
  }

  /** The number of the newest. */
  get version(): number {
    return this.#version;
  }

  /** True while an extension follows. */
  get followed(): boolean {
    return this.#followers > 0;
  }

  /** True when the extension renders an operator's template. */
  get template(): boolean {
    return this.#template;
  }

  /** Takes what should be true now; wakes who follows when it is another structure. */
  want(desired: DesiredCluster): void {
    const isSame = !this.#template && desired.structure === this.#desired.structure;
    this.#desired = desired;
    if (!isSame) this.#renew();
  }

  /**
   * The current structure, then newer ones; `undefined` is a heartbeat. Ends when the signal fires.
   *
   * Shape: who asks for a `template` gets the backends too, and then a changed endpoint is a new structure. Of two who ask
   * differently, which can only be the old and the new task of one extension, the later counts. Of `changes` the first is told whole.
   */
  async *follow(
    signal: AbortSignal,
    { template, changes }: StructuresAsked,
  ): AsyncGenerator<VersionedStructure | undefined, void, undefined> {
    this.#template = template;
    this.#renew();
    using bell = this.#bell.listen();
    this.#followers += 1;
    try {
      let told: VersionedStructure | undefined;
      while (!signal.aborted) {
        if (told?.version === this.#version) yield undefined;
        else {
          const next = { version: this.#version, structure: this.#newest };
          const change = changes && told !== undefined ? changeOf(told, next) : undefined;
          told = next;
          yield { ...next, ...(change === undefined ? {} : { change }) };
        }
        await bell.wait(heartbeatMs, signal);
      }
    } finally {
      this.#followers -= 1;
    }
  }

  #current(): Structure {
    const { structure, backends } = this.#desired;
    return this.#template ? { ...structure, backends } : structure;
  }

  #renew(): void {
    const now = this.#current();
    const isSame = isSameStructure(this.#newest, now);
    this.#newest = now;
    if (isSame) return;
    this.#version += 1;
    this.#bell.ring();
  }
}

function changeOf(told: VersionedStructure, { structure }: VersionedStructure): ChangeSince {
  return { since: told.version, ...routesBetween(told.structure.routes, structure.routes) };
}

function isSameStructure(one: Structure, other: Structure): boolean {
  return restText(one) === restText(other) && changesNothing(routesBetween(one.routes, other.routes));
}

/** All but the routes, which are compared one by one: there may be ten thousand. */
function restText(structure: Structure): string {
  return JSON.stringify({ ...structure, routes: undefined });
}
