/**
 * What the Swarm said, whole, in our words. Made by `swarm/observe.ts`; everything is sorted by id.
 */

/** One complete look at the Swarm. A snapshot is never partial (decision D9). */
export interface Snapshot {
  readonly services: readonly SwarmService[];
  /** Tasks whose desired state is running, whatever their actual state. */
  readonly tasks: TaskList;
  /** Swarm-scoped overlay networks, the ingress network included. */
  readonly networks: readonly SwarmNetwork[];
  readonly nodes: readonly SwarmNode[];
  readonly configs: readonly SwarmObject[];
  readonly secrets: readonly SwarmObject[];
}

/** A service: what its owner wrote, and what Swarm allocated for it. Source: Engine API v1.41 `Service`. */
export interface SwarmService {
  readonly id: string;
  readonly name: string;
  /** RFC 3339 with nanoseconds, as the engine prints it; sorts as text. */
  readonly createdAt: string;
  /** The optimistic lock of the next update (`Version.Index`). */
  readonly version: number;
  readonly labels: Labels;
  readonly image: string;
  readonly mode:
    | { readonly kind: "replicated"; readonly replicas: number }
    | { readonly kind: "global" }
    | { readonly kind: "job" };
  /** Ids of the networks of the task template, in the order written. */
  readonly networks: readonly string[];
  readonly ports: readonly PublishedPort[];
  /** Virtual addresses by network, without prefix length; empty for `dnsrr`. */
  readonly vips: readonly NetworkAddress[];
  /** `UpdateStatus.State`: `updating`, `paused`, `completed`, `rollback_started` …; absent before the first update. */
  readonly updateState?: string;
  /** Why the last update stands where it stands. */
  readonly updateMessage?: string;
  /** Names of the configs mounted, in the order written. */
  readonly configs: readonly string[];
}

/** A task and where it is. Source: Engine API v1.41 `Task`. */
export interface SwarmTask {
  readonly id: string;
  readonly serviceId: string;
  readonly slot?: number;
  readonly nodeId?: string;
  /** `new`, `pending`, `preparing`, `starting`, `running`, `failed` … A task with a health check is `running` only when healthy. */
  readonly state: string;
  readonly desiredState: string;
  /** What the engine says about the state, e.g. why it cannot be placed. */
  readonly error?: string;
  readonly addresses: readonly NetworkAddress[];
  /** Ports published on the task's own node (`PublishMode` host). */
  readonly hostPorts: readonly { readonly target: number; readonly published: number; readonly protocol: string }[];
}

/** All tasks, sorted by id. Less than a list, so that one that differs from another in a task need not be a copy of tens of thousands (`task-lists.ts`). */
export interface TaskList extends Iterable<SwarmTask> {
  readonly length: number;
  filter(keep: (task: SwarmTask) => boolean): SwarmTask[];
  map<Answer>(of: (task: SwarmTask) => Answer): Answer[];
}

/** A swarm-scoped network. */
export interface SwarmNetwork {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  readonly ingress: boolean;
  readonly attachable: boolean;
}

/** A node of the Swarm. */
export interface SwarmNode {
  readonly id: string;
  readonly hostname: string;
  /** Address the managers know it by, without port. */
  readonly address: string;
  readonly labels: Labels;
  readonly role: "manager" | "worker";
  /** `ready`, `down`, `unknown`, `disconnected`. */
  readonly state: string;
  /** `active`, `pause`, `drain`. */
  readonly availability: string;
}

/** A config or secret: name and labels, never its content. */
export interface SwarmObject {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
}

/** An address in a network, without prefix length. */
export interface NetworkAddress {
  readonly networkId: string;
  readonly address: string;
}

/** A published port of a service. */
export interface PublishedPort {
  readonly target: number;
  readonly published?: number;
  readonly protocol: string;
  readonly mode: "ingress" | "host";
}

/** Labels as Swarm keeps them: untrusted text on both sides. */
export type Labels = Readonly<Record<string, string>>;
