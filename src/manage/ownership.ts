/**
 * What core owns, told by labels on the services themselves: a core that starts knows its own without any file.
 */
import { remembering } from "../model/remembering.ts";
import type { Labels, SwarmService } from "../model/snapshot.ts";

/** The labels core puts on every service it makes; they win over an operator's own. `type` is the original's, reference §1.2. */
export const ownershipLabels = {
  owner: "com.docker.interlock.owner",
  role: "com.docker.interlock.role",
  extension: "com.docker.interlock.extension",
  cluster: "com.docker.interlock.cluster",
  spec: "com.docker.interlock.spec",
  /** The spec that was wanted when it was last written, as JSON: an update changes what is wanted differently and nothing else. */
  wanted: "com.docker.interlock.wanted",
  /** On the secret of a token: the token's hash. */
  token: "com.docker.interlock.token",
  /** On a docker config: when core made it, RFC 3339. */
  made: "com.docker.interlock.made",
  type: "type",
} as const;

/** What an owned service is for. */
export type Role = (typeof roles)[number];

const roles = ["extension", "proxy", "config"] as const;

/** What the labels of one owned service say. */
export interface Ownership {
  /** Name of the core service that made it. */
  readonly owner: string;
  readonly role: Role;
  /** Name of the TOML table `[Extensions.<extension>]`. */
  readonly extension: string;
  /** Name of the service cluster; empty for the unnamed one. */
  readonly cluster: string;
  /** Hash of the spec that was wanted when it was last written; empty when somebody removed the label. */
  readonly specHash: string;
}

/** A service together with what its labels say. */
export interface OwnedService {
  readonly service: SwarmService;
  readonly ownership: Ownership;
}

/** Reads the labels of a service, a secret or a docker config. Shape: `undefined` when it was not made by a core (of whatever name). */
export function ownershipOf({ labels }: { readonly labels: Labels }): Ownership | undefined {
  const owner = labels[ownershipLabels.owner];
  const role = roles.find((one) => one === labels[ownershipLabels.role]);
  if (owner === undefined || owner === "" || role === undefined) return undefined;
  return {
    owner,
    role,
    extension: labels[ownershipLabels.extension] ?? "",
    cluster: labels[ownershipLabels.cluster] ?? "",
    specHash: labels[ownershipLabels.spec] ?? "",
  };
}

/** The services one core owns, in the order given. */
export function ownedBy(owner: string, services: readonly SwarmService[]): readonly OwnedService[] {
  return services.flatMap((service) => {
    const ownership = ownershipOf(service);
    return ownership?.owner === owner ? [{ service, ownership }] : [];
  });
}

/** The same by the id of each, without the services; not looked for again in the same list. */
export const ownedServices: (owner: string, services: readonly SwarmService[]) => ReadonlyMap<string, Ownership> =
  remembering(
    (owner: string, services: readonly SwarmService[]): ReadonlyMap<string, Ownership> =>
      new Map(ownedBy(owner, services).map((one) => [one.service.id, one.ownership])),
  );

/** The labels of a service core makes, without the hash of its spec. They go on its containers too, so that `docker ps` can filter by them. */
export function labelsOf(
  owner: string,
  role: Role,
  config: { readonly name: string; readonly cluster: string },
): Labels {
  return {
    [ownershipLabels.owner]: owner,
    [ownershipLabels.role]: role,
    [ownershipLabels.extension]: config.name,
    [ownershipLabels.cluster]: config.cluster,
    [ownershipLabels.type]: `com.docker.interlock.core.${role}`,
  };
}
