/**
 * What a plan consists of: steps and what stands behind them.
 */
import type { ConfigMount, ServiceSpec } from "./engine.ts";
import type { Role } from "./ownership.ts";

/** A service core should own. */
export interface WantedService {
  readonly role: Role;
  /** Name of the TOML table. */
  readonly extension: string;
  /** Name of the service cluster. */
  readonly cluster: string;
  /** What it should be, on all the networks it needs. */
  readonly spec: ServiceSpec;
  /** Name of the docker config its tasks serve, on the classic road; part of the hash. */
  readonly printed?: string;
  /** What it should serve is not known yet: it is not made, and stays as it is. */
  readonly held?: true;
}

/** One thing to do. `why` is a sentence for the log, without a full stop; `name` is the service's name. */
export type Step = CreateService | UpdateService | SetNetworks | RemoveService;

/** Make a service that does not exist. */
export interface CreateService {
  readonly kind: "createService";
  readonly name: string;
  readonly spec: ServiceSpec;
  readonly why: string;
}

/** Replace the whole spec of an owned service. */
export interface UpdateService {
  readonly kind: "updateService";
  readonly name: string;
  readonly id: string;
  /** The version the plan saw; an other one means that somebody was faster. */
  readonly version: number;
  readonly spec: ServiceSpec;
  readonly why: string;
}

/** Change only the networks in the live spec of an owned service: what an operator set by hand stays. */
export interface SetNetworks {
  readonly kind: "setNetworks";
  readonly name: string;
  readonly id: string;
  readonly version: number;
  /** All of them, by id, sorted. */
  readonly networks: readonly string[];
  /** What it may start from, in place of the one that is mounted. */
  readonly config?: ConfigMount;
  readonly why: string;
}

/** Remove an owned service. */
export interface RemoveService {
  readonly kind: "removeService";
  readonly name: string;
  readonly id: string;
  readonly why: string;
}

/** What was last tried on one service and accepted by the engine. */
export interface Attempt {
  /** The version the service had before: a look that shows it is older than the attempt. */
  readonly version: number;
  /** Hash label of the spec written last. */
  readonly spec?: string;
  /** Networks written last by {@link SetNetworks}, joined by a comma. */
  readonly networks?: string;
}

/**
 * What one pass has to tell the next; starts empty with core.
 * Why: after a rollback the service carries its previous labels, so only memory can tell "not yet tried" from "tried in vain".
 */
export interface Memory {
  /** By name of the service. */
  readonly attempted: ReadonlyMap<string, Attempt>;
  /** What the engine said to a step last time, by name of the service; the same refusal is logged once. */
  readonly refused: ReadonlyMap<string, string>;
}

/** The memory of a core that just started. */
export const noMemory: Memory = { attempted: new Map(), refused: new Map() };
