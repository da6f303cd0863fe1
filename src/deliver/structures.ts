/**
 * The structure of one cluster as its extension follows it: numbered, only the newest.
 */
import type { DesiredCluster, Structure } from "../model/desired.ts";
import { Bell } from "../runtime/bell.ts";

/** How often a silent stream says that it is alive. */
const heartbeatMs = 5_000;

/** A structure with the number an extension answers it by. */
export interface VersionedStructure {
  readonly version: number;
  readonly structure: Structure;
}

/** The structures of one cluster. */
export class Structures {
  readonly #bell = new Bell();
  #desired: DesiredCluster;
  #version: number;
  #text: string;
  #followers = 0;
  #template = false;

  /** `firstVersion` differs from core to core, so that an answer to an earlier core's structure is not taken for one to ours. */
  constructor(desired: DesiredCluster, firstVersion: number) {
    this.#desired = desired;
    this.#version = firstVersion;
    this.#text = JSON.stringify(this.#current());
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
   * differently, which can only be the old and the new task of one extension, the later counts.
   */
  async *follow(
    signal: AbortSignal,
    template: boolean,
  ): AsyncGenerator<VersionedStructure | undefined, void, undefined> {
    this.#template = template;
    this.#renew();
    using bell = this.#bell.listen();
    this.#followers += 1;
    try {
      let sent = 0;
      while (!signal.aborted) {
        if (sent === this.#version) yield undefined;
        else {
          sent = this.#version;
          yield { version: sent, structure: this.#current() };
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
    const text = JSON.stringify(this.#current());
    if (text === this.#text) return;
    this.#text = text;
    this.#version += 1;
    this.#bell.ring();
  }
}
