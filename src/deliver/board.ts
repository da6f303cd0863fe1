/**
 * The status board: what each part last said, put together when somebody asks.
 */
import type { Problem } from "../model/problem.ts";
import type { Status, Trouble } from "../model/status.ts";
import type { Clock } from "../runtime/wait.ts";
import { Keeping } from "./keeping.ts";
import type { Ledger } from "./ledger.ts";

/** How the last look at the Swarm went. */
export interface LookState {
  /** Age of the last complete look; absent before the first. */
  readonly ageMs?: number;
  /** Why the last look failed, while an older one stands. */
  readonly failure?: string;
  /** What is held back of what the last look says, while an older one stands. */
  readonly held?: Trouble | undefined;
}

/** What the board is put up with. */
export interface BoardParts {
  readonly version: string;
  readonly notices: readonly string[];
  readonly ledger: Ledger;
  readonly look: () => LookState;
  /** `performance.now()` unless given. */
  readonly clock?: Clock;
}

/** Gathers what `status` shows. */
export class Board {
  readonly #parts: BoardParts;
  readonly #keeping: Keeping;
  #problems: readonly Problem[] = [];
  #troubles: readonly Trouble[] = [];
  #certificates: { readonly problems: readonly Problem[]; readonly troubles: readonly Trouble[] } = {
    problems: [],
    troubles: [],
  };

  constructor(parts: BoardParts) {
    this.#parts = parts;
    this.#keeping = new Keeping(parts.clock ?? (() => performance.now()));
  }

  /** Takes the findings of the newest decision. */
  problems(problems: readonly Problem[]): void {
    this.#problems = problems;
    this.#keeping.take(this.#allProblems());
  }

  /** Takes what could not be done to the services core owns. */
  troubles(troubles: readonly Trouble[]): void {
    this.#troubles = troubles;
  }

  /** Takes what is wrong with certificates, and what keeps them from arriving. */
  certificates(problems: readonly Problem[], troubles: readonly Trouble[]): void {
    this.#certificates = { problems, troubles };
    this.#keeping.take(this.#allProblems());
  }

  /** Everything, now. */
  status(): Status {
    const { version, notices, ledger, look } = this.#parts;
    const { ageMs, failure, held } = look();
    return {
      version,
      ...(ageMs === undefined ? {} : { lookAgeS: Math.round(ageMs / 100) / 10 }),
      ...(failure === undefined ? {} : { lookFailure: failure }),
      clusters: ledger.status(),
      problems: this.#allProblems().map((problem) => this.#keeping.aged(problem)),
      troubles: [...(held === undefined ? [] : [held]), ...this.#troubles, ...this.#certificates.troubles],
      notices,
    };
  }

  #allProblems(): readonly Problem[] {
    return [...this.#problems, ...this.#certificates.problems].toSorted(byService);
  }
}

/** What is of one service stays in its order. */
function byService(a: Problem, b: Problem): number {
  return a.service < b.service ? -1 : a.service > b.service ? 1 : 0;
}
