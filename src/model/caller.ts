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
