/**
 * Who calls core: a task of a role that core owns.
 */
import type { ServiceClusterName } from "./names.ts";

/** A role of ours, as the Swarm knows it. */
export interface Caller {
  readonly role: "extension" | "proxy" | "config";
  readonly cluster: ServiceClusterName;
  /** Id of the task. */
  readonly task: string;
  /** Hostname of its node. */
  readonly node: string;
}

/** What comes with a call: where it is from, and, where core gave tokens out, what the caller says of itself. */
export interface Introduction {
  /** Without port; IPv4 in its own form. */
  readonly address: string;
  readonly token?: string | undefined;
  /** Never who it is; only what `status` calls it. */
  readonly task?: string | undefined;
  readonly node?: string | undefined;
}

/** Whom core knows: by address where it is on a network with its roles, else by the SHA-256 of a token (hex). */
export interface KnownCallers {
  readonly byAddress: ReadonlyMap<string, Caller>;
  readonly byToken: ReadonlyMap<string, Pick<Caller, "role" | "cluster">>;
}
