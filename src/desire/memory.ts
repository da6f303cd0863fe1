/**
 * A service as it was served → what is remembered of it, and back.
 */
import { knownLabels } from "../labels/catalogue.ts";
import type { Claim } from "../labels/claim.ts";
import { isHrmLabel } from "../labels/hrm_label.ts";
import { bridge } from "../labels/network.ts";
import { type LabelsRead, readLabels } from "../labels/read.ts";
import type { Memory } from "../model/memory.ts";
import type { AskingService } from "./asking.ts";
import type { Served } from "./resolve.ts";

/**
 * What to remember of a service that is served now; `before` itself when that is the same.
 *
 * Why the network: a service that left it to us must not become ambiguous by being attached to a second one.
 */
export function memoryOf(service: AskingService, served: readonly Served[], before: Memory | undefined): Memory {
  const labels = Object.entries(service.labels)
    .filter(([label]) => knownLabels.has(label) || isHrmLabel(label))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const left = served.find(({ claim }) => claim.network === undefined);
  const network = left === undefined ? undefined : left.reach.kind === "nodes" ? bridge : left.reach.network.id;
  const memory: Memory = {
    labels: Object.fromEntries(labels),
    ...(network === undefined ? {} : { network }),
    ...(labels.some(([label]) => isHrmLabel(label)) ? { ports: publishedBy(service) } : {}),
  };
  return JSON.stringify(memory) === JSON.stringify(before) ? (before ?? memory) : memory;
}

/** Reads remembered labels as those of the service are read; their network is the one of then. */
export function readMemory(name: string, { labels, network, ports = [] }: Memory): LabelsRead {
  const published = ports.map((target) => ({ target, protocol: "tcp", mode: "ingress" }) as const);
  const read = readLabels({ name, labels, ports: published });
  const claims = read.claims.map((claim): Claim => (network === undefined ? claim : { network, ...claim }));
  return { ...read, claims };
}

function publishedBy({ ports }: AskingService): readonly number[] {
  const targets = ports.filter(({ protocol }) => protocol === "tcp").map(({ target }) => target);
  return [...new Set(targets)].toSorted((a, b) => a - b);
}
