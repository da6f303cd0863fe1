/**
 * For how long services have been served by earlier labels than the ones they have.
 */
import type { Problem } from "../model/problem.ts";
import type { ProblemStatus } from "../model/status.ts";
import type { Clock } from "../runtime/wait.ts";

/** Remembers since when, by name of the service. */
export class Keeping {
  readonly #clock: Clock;
  #sinceMs: ReadonlyMap<string, number> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes the problems of the newest decision: a service with one that keeps a previous version is kept since the first of them. */
  take(problems: readonly Problem[]): void {
    const nowMs = this.#clock();
    const kept = problems.filter(({ keepsPrevious }) => keepsPrevious);
    this.#sinceMs = new Map(kept.map(({ service }) => [service, this.#sinceMs.get(service) ?? nowMs]));
  }

  /** The problem with the age of its keeping, where it keeps something. */
  aged(problem: Problem): ProblemStatus {
    const sinceMs = problem.keepsPrevious ? this.#sinceMs.get(problem.service) : undefined;
    return sinceMs === undefined ? problem : { ...problem, keptForS: Math.floor((this.#clock() - sinceMs) / 1_000) };
  }
}
