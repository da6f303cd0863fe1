/**
 * The proof that nginx serves a structure: a worker that was not there before says so, and no older one takes requests.
 */
import type { Revision } from "../model/names.ts";
import { sentenceOf } from "../model/errors.ts";
import { sleep } from "../runtime/wait.ts";
import type { Control } from "./control.ts";
import type { Identity } from "./decode.ts";
import type { Nginx } from "./nginx.ts";

/** Answers in a row that must be right; each comes from whichever worker takes the connection. */
const answersInRow = 3;

/** What to prove. */
export interface Claim {
  readonly structure: Revision;
  /** Pids of the workers that must have stopped to take requests. */
  readonly replaced: ReadonlySet<number>;
  readonly timeoutMs: number;
}

/** Proven, by this worker; or what was missing when the time was over or nginx had ended. */
export type Proof =
  | { readonly kind: "proven"; readonly identity: Identity }
  | { readonly kind: "missing"; readonly what: string };

/**
 * Waits for the proof.
 *
 * Fails: with the signal's reason when it fires.
 */
export async function prove(claim: Claim, nginx: Nginx, control: Control, signal: AbortSignal): Promise<Proof> {
  const deadline = performance.now() + claim.timeoutMs;
  let right = 0;
  let what = "nothing answers";
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    if (!nginx.running) return { kind: "missing", what: "nginx ended" };
    const { identity, doubt } = await look(claim, nginx, control);
    right = doubt === undefined ? right + 1 : 0;
    if (identity !== undefined && right >= answersInRow) return { kind: "proven", identity };
    if (doubt !== undefined) {
      what = doubt;
      await sleep(20, signal);
    }
  }
  return { kind: "missing", what: `${what}, ${Math.round(claim.timeoutMs / 1_000)} s after it was asked to` };
}

async function look(
  claim: Claim,
  nginx: Nginx,
  control: Control,
): Promise<{ readonly identity?: Identity; readonly doubt?: string }> {
  try {
    const identity = await control.identity();
    if (identity.structure !== claim.structure || claim.replaced.has(identity.pid)) {
      return { doubt: "nginx did not start workers with the new configuration" };
    }
    const stale = (await nginx.workers()).some(({ pid, leaving }) => claim.replaced.has(pid) && !leaving);
    return stale ? { doubt: "an old worker still takes requests" } : { identity };
  } catch (error) {
    return { doubt: sentenceOf(error) };
  }
}
