/**
 * Which services have a part in which host.
 */
import type { Route } from "../model/desired.ts";
import type { Problem } from "../model/problem.ts";
import { defaultBackend } from "../labels/default_backend.ts";
import { quoted } from "../labels/quoted.ts";
import { problemAt } from "./found-at.ts";
import type { Served } from "./resolve.ts";

/** One service at one of its hosts; `"*"` where it is the default backend. */
export interface Part {
  readonly served: Served;
  readonly host: Route["host"];
}

/**
 * Lists who has a part in which host, in the order of the services. Where the older ones are given first, they stand before the younger ones at every host.
 *
 * Why two default backends: requests over plain HTTP and connections passed through are different things, and a service may stand in for either. Of several
 * for the same, the oldest is it and the others are told; unlike a host, nobody shares it by naming it.
 * Source: reference §4.17.
 */
export function partsOf(aged: readonly Served[]): {
  readonly parts: readonly Part[];
  readonly problems: readonly Problem[];
} {
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
