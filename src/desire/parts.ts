/**
 * Which services have a part in which host.
 */
import type { ExtensionConfig } from "../model/config.ts";
import { firstNot } from "../model/differing.ts";
import type { Route } from "../model/desired.ts";
import type { Problem } from "../model/problem.ts";
import { defaultBackend } from "../labels/default_backend.ts";
import { quoted } from "../labels/quoted.ts";
import { problemAt } from "./found-at.ts";
import { byAge } from "./order.ts";
import type { Served } from "./resolve.ts";

/** One service at one of its hosts; `"*"` where it is the default backend. */
export interface Part {
  readonly served: Served;
  readonly host: Route["host"];
}

/**
 * Lists who has a part in which host, the older service first: so it stands before the younger ones at every host.
 *
 * Why two default backends: requests over plain HTTP and connections passed through are different things, and a service may stand in for either. Of several
 * for the same, the oldest is it and the others are told; unlike a host, nobody shares it by naming it.
 * Source: reference §4.17.
 */
export function partsOf(services: readonly Served[]): {
  readonly parts: readonly Part[];
  readonly problems: readonly Problem[];
} {
  const aged = agedOf(services);
  const chosen = new Map<boolean, Served>();
  const problems: Problem[] = [];
  const parts: Part[] = [];
  for (const served of aged) {
    parts.push(...served.claim.hosts.map((host): Part => ({ served, host })));
    if (!served.claim.defaultBackend) continue;
    const older = chosen.get(served.claim.passthrough);
    if (older === undefined) {
      chosen.set(served.claim.passthrough, served);
      parts.push({ served, host: "*" });
    } else problems.push(defaultTaken(served, older));
  }
  return { parts, problems };
}

const known = new WeakMap<ExtensionConfig, readonly Served[]>();

/** More services than this are sorted rather than put in their places one by one. */
const mostPlaced = 100;

/**
 * Services of one extension from old to young; those of one service keep their order.
 *
 * Why from the last answer: comparing the ages of ten thousand is most of what their order costs, and few are others than before.
 */
function agedOf(services: readonly Served[]): readonly Served[] {
  const [first] = services;
  if (first === undefined) return services;
  const before = known.get(first.extension) ?? [];
  const [now, then] = [new Set(services), new Set(before)];
  const come = services.filter((served) => !then.has(served));
  const aged = before.filter((served) => now.has(served));
  if (come.length > mostPlaced) return remembered(services.toSorted(byServiceAge));
  // Behind all that are not younger.
  for (const served of come)
    aged.splice(
      firstNot(aged, (other) => byServiceAge(other, served) <= 0),
      0,
      served,
    );
  return remembered(aged);
}

function remembered(aged: readonly Served[]): readonly Served[] {
  const [first] = aged;
  if (first !== undefined) known.set(first.extension, aged);
  return aged;
}

function byServiceAge(a: Served, b: Served): number {
  return byAge(a.service, b.service);
}

function defaultTaken(served: Served, older: Served): Problem {
  // One service asks at several ports, in labels of the older routing mesh.
  if (served.service === older.service)
    return problemAt(served, defaultBackend.label, {
      code: "DEFAULT_BACKEND_TAKEN",
      sentence: `the service is the default backend at port ${older.claim.port} already, so its port ${served.claim.port} is none`,
      remedy: "Name one port for all other hosts",
    });
  return problemAt(served, defaultBackend.label, {
    code: "DEFAULT_BACKEND_TAKEN",
    sentence: `the older service ${quoted(older.service.name)} is the default backend of this service cluster already`,
    remedy: `Remove the label ${defaultBackend.label} from one of the two services`,
  });
}
