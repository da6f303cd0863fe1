/**
 * Labels → claim → what is served of a service now.
 */
import type { Problem } from "../model/problem.ts";
import type { SwarmService } from "../model/snapshot.ts";
import type { Claim } from "../labels/claim.ts";
import { readLabels } from "../labels/read.ts";
import { type Served, resolve } from "./resolve.ts";
import type { Surroundings } from "./surroundings.ts";

/** The claims that could be met when they were last looked at, by service id. */
export type LastGood = ReadonlyMap<string, Claim>;

/** What became of one service. */
export interface Settled {
  /** Absent when the service is not served. */
  readonly served?: Served;
  /** What to fall back on next time; absent when the service does not ask to be served, or never could be. */
  readonly lastGood?: Claim;
  readonly problems: readonly Problem[];
}

/**
 * Reads a service's labels and meets its claim, or its previous one where the labels are wrong now.
 *
 * Why: a typing error in a deployment shall not take an application off the proxies. The previous claim is met with the Swarm as it is now, so its
 * endpoints stay fresh; when even that is impossible (it left the network), the service is left out. Labels that are gone are no mistake: then the routes go.
 */
export function settle(service: SwarmService, previous: Claim | undefined, around: Surroundings): Settled {
  const read = readLabels(service);
  if (!read.candidate) return { problems: read.problems };

  const fresh = read.claim === undefined ? undefined : resolve(service, read.claim, around);
  const problems = [...read.problems, ...(fresh?.problems ?? [])];
  if (fresh?.served !== undefined) return { served: fresh.served, lastGood: remembered(fresh.served), problems };
  if (previous === undefined) return { problems };

  const again = resolve(service, previous, around);
  if (again.served === undefined) return { lastGood: previous, problems };
  return { served: again.served, lastGood: previous, problems: [...problems.map(keepsPrevious), ...again.problems] };
}

/** A claim that left its network to us remembers which it was: a second network must not make the previous version ambiguous too. */
function remembered(served: Served): Claim {
  return served.claim.network === undefined ? { ...served.claim, network: served.network.id } : served.claim;
}

function keepsPrevious(problem: Problem): Problem {
  return problem.severity === "error" ? { ...problem, keepsPrevious: true } : problem;
}
