/**
 * The parts of the Engine API's answers that we read, in Docker's words: first the types, then the schemas that prove them.
 *
 * Shape: fields we do not read are dropped; a field we read has the type the API promises, or the whole answer is malformed.
 * `null` and absent are the same: Go prints empty maps and lists either way.
 * Source: Engine API v1.41 to v1.51, the definition named by each type.
 */
import { z } from "zod";

/** What Go leaves out or prints as `null`. */
export type Maybe<T> = T | null | undefined;

/** `SystemVersion`. */
export interface WireVersion {
  readonly Version: string;
  readonly ApiVersion: string;
  readonly MinAPIVersion?: Maybe<string>;
}

/** `SystemInfo`, the part about the Swarm. */
export interface WireInfo {
  readonly Name?: Maybe<string>;
  readonly Swarm: {
    readonly NodeID?: Maybe<string>;
    readonly NodeAddr?: Maybe<string>;
    readonly LocalNodeState?: Maybe<string>;
    readonly ControlAvailable?: Maybe<boolean>;
  };
}

/** `EndpointPortConfig`. */
export interface WirePort {
  readonly Protocol?: Maybe<string>;
  readonly TargetPort?: Maybe<number>;
  readonly PublishedPort?: Maybe<number>;
  readonly PublishMode?: Maybe<string>;
}

/** `NetworkAttachmentConfig`. */
export interface WireNetworkTarget {
  readonly Target?: Maybe<string>;
}

/** A config of a container: which one, and where it is mounted. */
export interface WireConfigReference {
  readonly ConfigName?: Maybe<string>;
  readonly File?: Maybe<{ readonly Name?: Maybe<string> }>;
}

/** `ServiceSpec`. */
export interface WireServiceSpec {
  readonly Name: string;
  readonly Labels?: Maybe<Readonly<Record<string, string>>>;
  readonly TaskTemplate: {
    /** Absent for a service that runs a plugin. */
    readonly ContainerSpec?: Maybe<{
      readonly Image?: Maybe<string>;
      readonly Configs?: Maybe<readonly WireConfigReference[]>;
    }>;
    readonly Networks?: Maybe<readonly WireNetworkTarget[]>;
  };
  readonly Mode?: Maybe<{
    readonly Replicated?: Maybe<{ readonly Replicas?: Maybe<number> }>;
    readonly Global?: Maybe<object>;
    readonly ReplicatedJob?: Maybe<object>;
    readonly GlobalJob?: Maybe<object>;
  }>;
  /** Where networks stood before API 1.29; services made then still have them here. */
  readonly Networks?: Maybe<readonly WireNetworkTarget[]>;
  readonly EndpointSpec?: Maybe<{ readonly Ports?: Maybe<readonly WirePort[]> }>;
}

/** `Service`. */
export interface WireService {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly CreatedAt: string;
  readonly Spec: WireServiceSpec;
  readonly Endpoint?: Maybe<{
    readonly Ports?: Maybe<readonly WirePort[]>;
    readonly VirtualIPs?: Maybe<readonly { readonly NetworkID?: Maybe<string>; readonly Addr?: Maybe<string> }[]>;
  }>;
  readonly UpdateStatus?: Maybe<{ readonly State?: Maybe<string>; readonly Message?: Maybe<string> }>;
}

/** `Service` with its spec untouched, to be changed in one place and written back whole. */
export interface WireLiveService {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly Spec: Readonly<Record<string, unknown>>;
}

/** `Task`. */
export interface WireTask {
  readonly ID: string;
  /** Absent for a container that `docker run` attached to an overlay network. */
  readonly ServiceID?: Maybe<string>;
  readonly Slot?: Maybe<number>;
  readonly NodeID?: Maybe<string>;
  readonly DesiredState: string;
  readonly Status: {
    readonly State: string;
    readonly Err?: Maybe<string>;
    readonly PortStatus?: Maybe<{ readonly Ports?: Maybe<readonly WirePort[]> }>;
  };
  readonly NetworksAttachments?: Maybe<
    readonly {
      readonly Network?: Maybe<{ readonly ID?: Maybe<string> }>;
      readonly Addresses?: Maybe<readonly string[]>;
    }[]
  >;
}

/** `Network`. */
export interface WireNetwork {
  readonly Id: string;
  readonly Name: string;
  readonly Labels?: Maybe<Readonly<Record<string, string>>>;
  readonly Ingress?: Maybe<boolean>;
  readonly Attachable?: Maybe<boolean>;
}

/** `Node`. */
export interface WireNode {
  readonly ID: string;
  readonly Spec: {
    readonly Labels?: Maybe<Readonly<Record<string, string>>>;
    readonly Role: string;
    readonly Availability: string;
  };
  readonly Description?: Maybe<{ readonly Hostname?: Maybe<string> }>;
  readonly Status: { readonly State: string; readonly Addr?: Maybe<string> };
  readonly ManagerStatus?: Maybe<{ readonly Addr?: Maybe<string> }>;
}

/** `Config` and `Secret`; only configs carry their content (base64). */
export interface WireObject {
  readonly ID: string;
  readonly Spec: {
    readonly Name: string;
    readonly Labels?: Maybe<Readonly<Record<string, string>>>;
    readonly Data?: Maybe<string>;
  };
}

/** `EventMessage`. */
export interface WireEvent {
  readonly Type?: Maybe<string>;
  readonly Action?: Maybe<string>;
  readonly Actor?: Maybe<{
    readonly ID?: Maybe<string>;
    readonly Attributes?: Maybe<Readonly<Record<string, string>>>;
  }>;
  readonly timeNano?: Maybe<number>;
}

/** `ContainerInspectResponse`. */
export interface WireContainer {
  readonly Id: string;
  readonly Config: { readonly Labels?: Maybe<Readonly<Record<string, string>>>; readonly Image?: Maybe<string> };
  readonly NetworkSettings?: Maybe<{
    /** `8080/tcp` → where it is published on the node. */
    readonly Ports?: Maybe<Readonly<Record<string, Maybe<readonly { readonly HostPort?: Maybe<string> }[]>>>>;
  }>;
}

/** `ContainerWaitResponse`. */
export interface WireWait {
  readonly StatusCode: number;
}

/** `DistributionInspect`. */
export interface WireDistribution {
  readonly Descriptor: { readonly digest: string };
}

/** Answers that are only an id: `IdResponse` (`ID` or `Id`), `NetworkCreateResponse`. */
export type WireId = { readonly ID: string } | { readonly Id: string };

const labels = z.record(z.string(), z.string()).nullish();
const text = z.string().nullish();
const whole = z.number().int().nullish();
const flag = z.boolean().nullish();
const something = z.object({}).nullish();
const index = z.object({ Index: z.number() });
const ports = z
  .array(z.object({ Protocol: text, TargetPort: whole, PublishedPort: whole, PublishMode: text }))
  .nullish();
const targets = z.array(z.object({ Target: text })).nullish();
const configs = z.array(z.object({ ConfigName: text, File: z.object({ Name: text }).nullish() })).nullish();

/** Proves a {@link WireVersion}. */
export const wireVersion: z.ZodType<WireVersion> = z.object({
  Version: z.string(),
  ApiVersion: z.string(),
  MinAPIVersion: text,
});

/** Proves a {@link WireInfo}. */
export const wireInfo: z.ZodType<WireInfo> = z.object({
  Name: text,
  Swarm: z.object({ NodeID: text, NodeAddr: text, LocalNodeState: text, ControlAvailable: flag }),
});

/** Proves a {@link WireService}. */
export const wireService: z.ZodType<WireService> = z.object({
  ID: z.string(),
  Version: index,
  CreatedAt: z.string(),
  Spec: z.object({
    Name: z.string(),
    Labels: labels,
    TaskTemplate: z.object({
      ContainerSpec: z.object({ Image: text, Configs: configs }).nullish(),
      Networks: targets,
    }),
    Mode: z
      .object({
        Replicated: z.object({ Replicas: whole }).nullish(),
        Global: something,
        ReplicatedJob: something,
        GlobalJob: something,
      })
      .nullish(),
    Networks: targets,
    EndpointSpec: z.object({ Ports: ports }).nullish(),
  }),
  Endpoint: z
    .object({ Ports: ports, VirtualIPs: z.array(z.object({ NetworkID: text, Addr: text })).nullish() })
    .nullish(),
  UpdateStatus: z.object({ State: text, Message: text }).nullish(),
});

/** Proves a {@link WireLiveService}. */
export const wireLiveService: z.ZodType<WireLiveService> = z.object({
  ID: z.string(),
  Version: index,
  Spec: z.record(z.string(), z.unknown()),
});

/** Proves a {@link WireTask}. */
export const wireTask: z.ZodType<WireTask> = z.object({
  ID: z.string(),
  ServiceID: text,
  Slot: whole,
  NodeID: text,
  DesiredState: z.string(),
  Status: z.object({ State: z.string(), Err: text, PortStatus: z.object({ Ports: ports }).nullish() }),
  NetworksAttachments: z
    .array(z.object({ Network: z.object({ ID: text }).nullish(), Addresses: z.array(z.string()).nullish() }))
    .nullish(),
});

/** Proves a {@link WireNetwork}. */
export const wireNetwork: z.ZodType<WireNetwork> = z.object({
  Id: z.string(),
  Name: z.string(),
  Labels: labels,
  Ingress: flag,
  Attachable: flag,
});

/** Proves a {@link WireNode}. */
export const wireNode: z.ZodType<WireNode> = z.object({
  ID: z.string(),
  Spec: z.object({ Labels: labels, Role: z.string(), Availability: z.string() }),
  Description: z.object({ Hostname: text }).nullish(),
  Status: z.object({ State: z.string(), Addr: text }),
  ManagerStatus: z.object({ Addr: text }).nullish(),
});

/** Proves a {@link WireObject}. */
export const wireObject: z.ZodType<WireObject> = z.object({
  ID: z.string(),
  Spec: z.object({ Name: z.string(), Labels: labels, Data: text }),
});

/** Proves a {@link WireEvent}. */
export const wireEvent: z.ZodType<WireEvent> = z.object({
  Type: text,
  Action: text,
  Actor: z.object({ ID: text, Attributes: labels }).nullish(),
  timeNano: z.number().nullish(),
});

/** Proves a {@link WireContainer}. */
export const wireContainer: z.ZodType<WireContainer> = z.object({
  Id: z.string(),
  Config: z.object({ Labels: labels, Image: text }),
  NetworkSettings: z
    .object({ Ports: z.record(z.string(), z.array(z.object({ HostPort: text })).nullish()).nullish() })
    .nullish(),
});

/** Proves a {@link WireWait}. */
export const wireWait: z.ZodType<WireWait> = z.object({ StatusCode: z.number().int() });

/** Proves a {@link WireDistribution}. */
export const wireDistribution: z.ZodType<WireDistribution> = z.object({ Descriptor: z.object({ digest: z.string() }) });

/** Proves a {@link WireId}. */
export const wireId: z.ZodType<WireId> = z.union([z.object({ ID: z.string() }), z.object({ Id: z.string() })]);
