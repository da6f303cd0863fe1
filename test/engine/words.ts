/**
 * The engine's own words, as far as they are read here. Specs are kept as they were sent.
 * Source: Engine API v1.41, the definition named by each type.
 */

/** `EndpointPortConfig`. */
export interface PortSpec {
  readonly Protocol?: string;
  readonly TargetPort?: number;
  readonly PublishedPort?: number;
  readonly PublishMode?: string;
}

/** `TaskSpec`. */
export interface TaskSpec {
  readonly ContainerSpec?: { readonly Configs?: readonly { readonly ConfigName?: string }[] } & Record<string, unknown>;
  readonly Networks?: readonly { readonly Target?: string }[];
  readonly ForceUpdate?: number;
  readonly Resources?: object;
  readonly Placement?: object;
  readonly Runtime?: string;
}

/** `ServiceSpec`. */
export interface ServiceSpec {
  readonly Name: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly TaskTemplate?: TaskSpec;
  readonly Mode?: { readonly Replicated?: { readonly Replicas?: number }; readonly Global?: object };
  readonly UpdateConfig?: { readonly Parallelism?: number; readonly Order?: string };
  readonly EndpointSpec?: { readonly Mode?: string; readonly Ports?: readonly PortSpec[] };
}

/** What every object of the Swarm has. */
interface Meta {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly CreatedAt: string;
  readonly UpdatedAt: string;
}

/** `Service`. */
export interface Service extends Meta {
  readonly Spec: ServiceSpec & { readonly TaskTemplate: TaskSpec };
  readonly PreviousSpec?: ServiceSpec;
  readonly Endpoint: {
    readonly Spec: object;
    readonly Ports?: readonly PortSpec[];
    readonly VirtualIPs?: readonly { readonly NetworkID: string; readonly Addr: string }[];
  };
  readonly UpdateStatus?: { readonly State: string; readonly Message: string; readonly StartedAt: string };
}

/** `Task`. */
export interface Task extends Meta {
  readonly Labels: object;
  readonly Spec: TaskSpec;
  readonly ServiceID: string;
  readonly Slot?: number;
  readonly NodeID: string;
  readonly Status: { readonly Timestamp: string; readonly State: string; readonly Message: string } & Record<
    string,
    unknown
  >;
  readonly DesiredState: string;
  readonly NetworksAttachments?: readonly { readonly Network: object; readonly Addresses: readonly string[] }[];
}

/** `Network`. */
export interface Network {
  readonly Name: string;
  readonly Id: string;
  readonly Created: string;
  readonly Scope: string;
  readonly Driver: string;
  readonly IPAM: {
    readonly Driver: string;
    readonly Options: null;
    readonly Config: readonly { readonly Subnet: string }[];
  };
  readonly Attachable: boolean;
  readonly Ingress: boolean;
  readonly Labels: Readonly<Record<string, string>> | null;
}

/** `Node`. */
export interface SwarmNode extends Meta {
  readonly Spec: {
    readonly Labels: Readonly<Record<string, string>>;
    readonly Role: string;
    readonly Availability: string;
  };
  readonly Description: { readonly Hostname: string };
  readonly Status: { readonly State: string; readonly Addr: string };
}

/** `Config`; a `Secret` has no `Data` once it is made. */
export interface KeptObject extends Meta {
  readonly Spec: { readonly Name: string; readonly Labels: Readonly<Record<string, string>>; readonly Data?: string };
}

/** A request the engine says no to. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What is not there. */
export function notFound(kind: string, reference: string): Refusal {
  return new Refusal(404, `${kind} ${reference} not found`);
}
