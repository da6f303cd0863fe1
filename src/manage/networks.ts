/**
 * Which networks an owned service should be on. Joining and leaving both need new tasks (decision D16), so leaving is put off
 * until it is free or somebody waits for it. Pure.
 */
import type { Snapshot, SwarmNetwork } from "../model/snapshot.ts";
import { ownershipOf } from "./ownership.ts";

/** What should happen to the networks of one service. */
export interface NetworkDecision {
  /** The networks it should be on now, sorted. */
  readonly networks: readonly string[];
  /** True when that is worth an update of its own; otherwise it can wait for the next one. */
  readonly urgent: boolean;
  /** The reasons of an urgent change, as phrases with the service as subject: `joins demo_default`. */
  readonly reasons: readonly string[];
}

/** The networks, and who else is on them. */
export interface NetworkView {
  readonly byId: ReadonlyMap<string, SwarmNetwork>;
  /** Networks that some service is on which no core made. */
  readonly usedByOthers: ReadonlySet<string>;
}

/** Source: `docker stack deploy` puts it on everything it makes. */
const stackLabel = "com.docker.stack.namespace";

/** Reads a snapshot for {@link decideNetworks}. */
export function viewNetworks(snapshot: Snapshot): NetworkView {
  // What any core made does not count: two cores would each wait for the other to leave.
  const others = snapshot.services.filter((service) => ownershipOf(service) === undefined);
  return {
    byId: new Map(snapshot.networks.map((network) => [network.id, network])),
    usedByOthers: new Set(others.flatMap((service) => service.networks)),
  };
}

/**
 * Decides about one service: `current` is what its spec has, `wanted` what its routes need (control network included).
 *
 * Joining is urgent. Leaving is urgent in two cases: the network is gone; or it belongs to a stack and nobody else is on it any
 * more, for then `docker stack rm` waits for us. (Swarm refuses to remove a network that a spec names, and the command asks three
 * milliseconds after it removed the services: its first try fails whatever we do, the second must not.) Else the network stays
 * until something else forces an update.
 */
export function decideNetworks(
  current: readonly string[],
  wanted: readonly string[],
  view: NetworkView,
): NetworkDecision {
  const wantedNow = wanted.filter((id) => view.byId.has(id));
  const joins = wantedNow.filter((id) => !current.includes(id));
  const extras = current.filter((id) => !wanted.includes(id));
  const gone = current.filter((id) => !view.byId.has(id));
  const awaited = extras.filter((id) => isAwaited(id, view));

  const urgent = joins.length + gone.length + awaited.length > 0;
  // An update costs the same whatever it changes: when one is due, nothing unneeded stays.
  const networks = urgent ? wantedNow : current;
  return {
    networks: [...new Set(networks)].toSorted(),
    urgent,
    reasons: [
      ...joins.map((id) => `joins ${nameOf(id, view)}, which its routes need`),
      ...gone.map((id) => `leaves ${id}, which no longer exists`),
      ...awaited.map((id) => `leaves ${nameOf(id, view)}, whose stack has no service on it any more`),
    ],
  };
}

function isAwaited(id: string, view: NetworkView): boolean {
  return view.byId.get(id)?.labels[stackLabel] !== undefined && !view.usedByOthers.has(id);
}

function nameOf(id: string, view: NetworkView): string {
  return view.byId.get(id)?.name ?? id;
}
