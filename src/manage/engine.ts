/**
 * The part of the Engine API this folder needs, in the engine's own words. `swarm/` implements {@link ServiceEngine}.
 */

/**
 * A `ServiceSpec` as `POST /services/create` takes it: exactly the parts core sets.
 *
 * Units: durations in nanoseconds. Source: Engine API v1.41, `ServiceSpec`, `TaskSpec`, `EndpointSpec`.
 */
export interface ServiceSpec {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly TaskTemplate: TaskSpec;
  readonly Mode: { readonly Replicated: { readonly Replicas: number } };
  readonly UpdateConfig: UpdatePolicy;
  readonly RollbackConfig: UpdatePolicy;
  readonly EndpointSpec: { readonly Mode: "vip" | "dnsrr"; readonly Ports: readonly PortSpec[] };
}

/** `TaskSpec`: a change of it gives the service new tasks. */
export interface TaskSpec {
  readonly ContainerSpec: ContainerSpec;
  readonly RestartPolicy: { readonly Condition: "any"; readonly Delay: number };
  readonly Placement: PlacementSpec;
  /** Network ids. */
  readonly Networks: readonly NetworkTarget[];
}

/** `NetworkAttachmentConfig` with the one part core sets. */
export interface NetworkTarget {
  readonly Target: string;
}

/** `TaskSpec.ContainerSpec`. */
export interface ContainerSpec {
  readonly Image: string;
  readonly Args: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  /** Swarm fills in `{{.Task.ID}}` and its like. */
  readonly Env?: readonly string[];
  readonly User: string;
  readonly StopSignal?: string;
  readonly StopGracePeriod?: number;
  readonly Mounts?: readonly VolumeMount[];
  readonly Secrets?: readonly SecretMount[];
  readonly Configs?: readonly ConfigMount[];
  /** What is absent or empty here is taken from the image's `HEALTHCHECK`. */
  readonly HealthCheck?: { readonly StartPeriod: number };
  /** Since API 1.41. */
  readonly CapabilityDrop: readonly string[];
}

/** `SecretReference`: a secret as a file below `/run/secrets`. */
export interface SecretMount {
  readonly SecretID: string;
  readonly SecretName: string;
  readonly File: FileTarget;
}

/** `ConfigReference`: a config as a file. */
export interface ConfigMount {
  readonly ConfigID: string;
  readonly ConfigName: string;
  readonly File: FileTarget;
}

/** Where a secret or config is mounted; a secret's name is below `/run/secrets`. */
export interface FileTarget {
  readonly Name: string;
  readonly UID: string;
  readonly GID: string;
  readonly Mode: number;
}

/** `Mount` of type volume. */
export interface VolumeMount {
  readonly Type: "volume";
  readonly Source: string;
  readonly Target: string;
  readonly VolumeOptions: { readonly Labels: Readonly<Record<string, string>> };
}

/** `TaskSpec.Placement`. */
export interface PlacementSpec {
  readonly Constraints: readonly string[];
  readonly Preferences: readonly { readonly Spread: { readonly SpreadDescriptor: string } }[];
  readonly Platforms: readonly { readonly OS: string }[];
}

/** `UpdateConfig` and `RollbackConfig`. */
export interface UpdatePolicy {
  readonly Parallelism: number;
  readonly Delay: number;
  readonly FailureAction: "rollback" | "pause";
  readonly Monitor: number;
  readonly Order: "stop-first" | "start-first";
}

/** `EndpointPortConfig`. */
export interface PortSpec {
  readonly Protocol: "tcp";
  readonly TargetPort: number;
  readonly PublishedPort: number;
  readonly PublishMode: "ingress" | "host";
}

/** What core asks of the engine about its own secrets. Fails: as {@link ServiceEngine}. */
export interface SecretEngine {
  createSecret(spec: SecretSpec, signal: AbortSignal): Promise<{ readonly id: string }>;
  removeSecret(id: string, signal: AbortSignal): Promise<void>;
}

/** A secret to make. The engine never tells its content to anybody but tasks that mount it. */
export interface SecretSpec {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly content: string;
}

/** What core asks of the engine about its own docker configs. Fails: as {@link ServiceEngine}. */
export interface ConfigMaker {
  createConfig(spec: ConfigSpec, signal: AbortSignal): Promise<{ readonly id: string }>;
  removeConfig(id: string, signal: AbortSignal): Promise<void>;
}

/** A docker config to make. */
export interface ConfigSpec {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly content: string;
}

/** The live spec of a service with all the parts anybody set, to be changed in one place and written back whole. */
export interface LiveService {
  readonly version: number;
  /** `Spec` of `GET /services/{id}`, unchanged. */
  readonly spec: Readonly<Record<string, unknown>>;
}

/**
 * What core asks of the engine about its own services.
 *
 * Fails: every call throws {@link "../model/errors.ts".InterlockError}: DOCKER_UNREACHABLE when there is no answer, DOCKER_NOT_FOUND for 404,
 * DOCKER_CONFLICT for 409 and for "update out of sequence", DOCKER_REFUSED for every other refusal, the engine's sentence as message.
 * Source: Engine API v1.41, Service. `updateService` takes the version it saw; the engine refuses any other ("update out of sequence", status 500).
 */
export interface ServiceEngine {
  createService(spec: ServiceSpec, signal: AbortSignal): Promise<{ readonly id: string }>;
  updateService(
    id: string,
    version: number,
    spec: ServiceSpec | LiveService["spec"],
    signal: AbortSignal,
  ): Promise<void>;
  inspectService(id: string, signal: AbortSignal): Promise<LiveService>;
  removeService(id: string, signal: AbortSignal): Promise<void>;
}
