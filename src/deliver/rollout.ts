/**
 * Who may have a new structure: one proxy first, the others when it was proven there (decision D18).
 */
import type { Revision } from "../model/names.ts";

/** How far a structure has come. */
export type Trial =
  | { readonly kind: "untried" }
  /** One proxy has it; its word is awaited until `untilMs`. */
  | { readonly kind: "trying"; readonly session: string; readonly untilMs: number }
  | { readonly kind: "proven" }
  /** The proxy that had it said no; the others keep what they serve. */
  | { readonly kind: "refused"; readonly session: string; readonly reason: string };

/** How long the first proxy may take before another one may try: staging, a drained reload and its proof take a few seconds. */
export const trialMs = 30_000;

/** Whether a session may be offered the structure under trial; when it becomes the first to try, the new trial says so. */
export function admit(
  trial: Trial,
  session: string,
  nowMs: number,
): { readonly admitted: boolean; readonly trial: Trial } {
  switch (trial.kind) {
    case "proven":
      return { admitted: true, trial };
    case "refused":
      return { admitted: false, trial };
    case "trying":
      if (trial.session === session) return { admitted: true, trial };
      if (nowMs < trial.untilMs) return { admitted: false, trial };
      return { admitted: true, trial: { kind: "trying", session, untilMs: nowMs + trialMs } };
    case "untried":
      return { admitted: true, trial: { kind: "trying", session, untilMs: nowMs + trialMs } };
  }
}

/** The trial after a session said what nginx serves: one proof is enough. */
export function afterServing(trial: Trial, wanted: Revision, serving: Revision): Trial {
  return trial.kind !== "proven" && serving === wanted ? { kind: "proven" } : trial;
}

/** The trial after a refusal: it stops unless another proxy has proven it already. */
export function afterRefusal(trial: Trial, session: string, reason: string): Trial {
  return trial.kind === "proven" ? trial : { kind: "refused", session, reason };
}

/** The trial after a session ended: what it was trying, or had refused, another one may try. Its reason may have been its own. */
export function afterLeaving(trial: Trial, session: string): Trial {
  const its = (trial.kind === "trying" || trial.kind === "refused") && trial.session === session;
  return its ? { kind: "untried" } : trial;
}
