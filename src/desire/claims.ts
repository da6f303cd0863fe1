/**
 * Labels → claims → what is served of a service now.
 */
import type { Memories, Memory } from "../model/memory.ts";
import type { ServiceClusterName } from "../model/names.ts";
import type { Problem, ProblemCode } from "../model/problem.ts";
import type { Claim } from "../labels/claim.ts";
import { type LabelsRead, readLabels } from "../labels/read.ts";
import type { AskingService } from "./asking.ts";
import { memoryOf, readMemory } from "./memory.ts";
import { type Served, resolve } from "./resolve.ts";
import type { Ground } from "./surroundings.ts";

/** The labels by which each service was served last, wholly or in part. */
export type LastGood = Memories;

/** What became of one service. */
export interface Settled {
  /** Empty when the service is not served. */
  readonly served: readonly Served[];
  /** What to fall back on next time, and the cluster it is for; absent when the service does not ask to be served, or never could be. */
  readonly lastGood?: { readonly memory: Memory; readonly cluster: ServiceClusterName };
  /** True when it asks to be served, and not all it asks for can be met: something better may be remembered elsewhere. */
  readonly unmet: boolean;
  readonly problems: readonly Problem[];
}

/**
 * Reads a service's labels and meets its claims, or those of the labels it was served by before where that serves more of it.
 *
 * Shape: what is remembered is what is served; while nothing is, what was remembered stays.
 * Why: a typing error in a deployment shall not take an application off the proxies, nor its certificate. The previous claims are met with the Swarm as it is now,
 * so their endpoints stay fresh; when even that is impossible (it left the network), the service is left out. Labels that are gone are no mistake: then the routes go.
 */
export function settle(service: AskingService, previous: Memory | undefined, around: Ground): Settled {
  const read = readLabels(service);
  if (!read.candidate) return { served: [], unmet: false, problems: read.problems };

  const fresh = meet(service, read, around);
  const problems = distinct([...read.problems, ...fresh.problems]);
  const unmet = fresh.worth !== "whole";
  const asNow: Settled = { served: fresh.served, ...lastGoodOf(service, fresh, previous), unmet, problems };
  if (previous === undefined || !unmet) return asNow;

  const before = readMemory(service.name, previous);
  const again = meet(service, before, around);
  const kept = keptFor(previous, before.claims);
  if (rank[again.worth] <= rank[fresh.worth]) return fresh.worth === "none" ? { ...asNow, ...kept } : asNow;
  const both = distinct([...problems.map(keepsPrevious), ...again.problems]);
  return { served: again.served, ...kept, unmet, problems: both };
}

/** How far the claims of a service could be met: not at all, with something wrong that costs part of it (its certificate, one of several ports), wholly. */
interface Met {
  readonly worth: keyof typeof rank;
  readonly served: readonly Served[];
  readonly problems: readonly Problem[];
}

const rank = { none: 0, part: 1, whole: 2 } as const;

/** What a label can cost although there is a claim: clients that came over TLS, where the previous version still has a certificate for them. */
const costsTls: ReadonlySet<ProblemCode> = new Set(["LABEL_SECRET_INVALID", "LABEL_CERTIFICATE_INCOMPLETE"]);

function meet(service: AskingService, read: LabelsRead, around: Ground): Met {
  const { claims } = read;
  const resolutions = claims.map((claim) => resolve(service, memberName(service, claim, claims), claim, around));
  const served = resolutions.flatMap((each) => each.served ?? []);
  const problems = resolutions.flatMap((each) => each.problems);
  const isFlawed =
    problems.some((problem) => problem.severity === "error") || read.problems.some(({ code }) => costsTls.has(code));
  return { worth: served.length === 0 ? "none" : isFlawed ? "part" : "whole", served, problems };
}

/** What a claim is called in the names of upstreams: as its service, with the port where that is another one than the first claim's. */
function memberName(service: AskingService, claim: Claim, claims: readonly Claim[]): string {
  return claim.port === claims[0]?.port ? service.name : `${service.name}:${claim.port}`;
}

function lastGoodOf(service: AskingService, { served }: Met, before: Memory | undefined): Pick<Settled, "lastGood"> {
  if (served.length === 0) return {};
  return keptFor(
    memoryOf(service, served, before),
    served.map(({ claim }) => claim),
  );
}

/** Labels say one cluster for all their claims; what no claim can be read from is not worth remembering. */
function keptFor(memory: Memory, [first]: readonly Claim[]): Pick<Settled, "lastGood"> {
  return first === undefined ? {} : { lastGood: { memory, cluster: first.cluster } };
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
