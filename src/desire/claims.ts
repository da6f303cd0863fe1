/**
 * Labels → claims → what is served of a service now.
 */
import type { Problem, ProblemCode } from "../model/problem.ts";
import type { SwarmService } from "../model/snapshot.ts";
import type { Claim } from "../labels/claim.ts";
import { bridge } from "../labels/network.ts";
import { type LabelsRead, readLabels } from "../labels/read.ts";
import { type Served, resolve } from "./resolve.ts";
import type { Surroundings } from "./surroundings.ts";

/** The claims that could be met wholly when they were last looked at, by service id; never an empty list. */
export type LastGood = ReadonlyMap<string, readonly Claim[]>;

/** What became of one service. */
export interface Settled {
  /** Empty when the service is not served. */
  readonly served: readonly Served[];
  /** What to fall back on next time; absent when the service does not ask to be served, or never could be. */
  readonly lastGood?: readonly Claim[];
  readonly problems: readonly Problem[];
}

/**
 * Reads a service's labels and meets its claims, or its previous ones where the labels are wrong now.
 *
 * Why: a typing error in a deployment shall not take an application off the proxies, nor its certificate. The previous claims are met with the Swarm as it is now,
 * so their endpoints stay fresh; when even that is impossible (it left the network), the service is left out. Labels that are gone are no mistake: then the routes go.
 */
export function settle(service: SwarmService, previous: readonly Claim[] | undefined, around: Surroundings): Settled {
  const read = readLabels(service);
  if (!read.candidate) return { served: [], problems: read.problems };

  const fresh = meet(service, read, around);
  const problems = distinct(fresh.problems);
  if (fresh.worth === "whole") return { served: fresh.served, lastGood: fresh.claims, problems };
  if (previous === undefined) return { served: fresh.served, problems };

  const again = meet(service, { claims: previous, problems: [] }, around);
  if (rank[again.worth] <= rank[fresh.worth]) return { served: fresh.served, lastGood: previous, problems };
  const both = distinct([...problems.map(keepsPrevious), ...again.problems]);
  return { served: again.served, lastGood: previous, problems: both };
}

/** How far the claims of a service could be met: not at all, with something wrong that costs part of it (its certificate, one of several ports), wholly. */
interface Met {
  readonly worth: keyof typeof rank;
  readonly served: readonly Served[];
  /** To be remembered. */
  readonly claims: readonly Claim[];
  readonly problems: readonly Problem[];
}

const rank = { none: 0, part: 1, whole: 2 } as const;

/** What a label can cost although there is a claim: clients that came over TLS, where the previous version still has a certificate for them. */
const costsTls: ReadonlySet<ProblemCode> = new Set(["LABEL_SECRET_INVALID", "LABEL_CERTIFICATE_INCOMPLETE"]);

function meet(service: SwarmService, read: Pick<LabelsRead, "claims" | "problems">, around: Surroundings): Met {
  const { claims } = read;
  const resolutions = claims.map((claim) => resolve(service, memberName(service, claim, claims), claim, around));
  const served = resolutions.flatMap((each) => each.served ?? []);
  const found = resolutions.flatMap((each) => each.problems);
  const isFlawed =
    found.some((problem) => problem.severity === "error") || read.problems.some(({ code }) => costsTls.has(code));
  return {
    worth: served.length === 0 ? "none" : isFlawed ? "part" : "whole",
    served,
    claims: claims.map((claim, index) => remembered(claim, resolutions[index]?.served)),
    problems: [...read.problems, ...found],
  };
}

/** What a claim is called in the names of upstreams: as its service, with the port where that is another one than the first claim's. */
function memberName(service: SwarmService, claim: Claim, claims: readonly Claim[]): string {
  return claim.port === claims[0]?.port ? service.name : `${service.name}:${claim.port}`;
}

/** A claim that left its network to us remembers which it was: a second network must not make the previous version ambiguous too. */
function remembered(claim: Claim, served: Served | undefined): Claim {
  if (claim.network !== undefined || served === undefined) return claim;
  return { ...claim, network: served.reach.kind === "nodes" ? bridge : served.reach.network.id };
}

function keepsPrevious(problem: Problem): Problem {
  return problem.severity === "error" ? { ...problem, keepsPrevious: true } : problem;
}

/** Claims of one service meet the same walls; each is told once, the first time. */
function distinct(problems: readonly Problem[]): readonly Problem[] {
  const told = new Map<string, Problem>();
  for (const problem of problems) {
    const key = JSON.stringify([problem.code, problem.label, problem.sentence]);
    if (!told.has(key)) told.set(key, problem);
  }
  return [...told.values()];
}
