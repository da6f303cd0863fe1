/**
 * Does what a plan says, step by step, and tells what came of it.
 */
import { isInterlockError, type InterlockError } from "../model/errors.ts";
import type { Trouble } from "../model/status.ts";
import type { Logger } from "../telemetry/log.ts";
import type { LiveService, ServiceEngine } from "./engine.ts";
import { withLiveConfig } from "./printed.ts";
import { specHash } from "./spec.ts";
import type { Attempt, Memory, SetNetworks, Step, UpdateService } from "./step.ts";
import { refused } from "./troubles.ts";
import { created, onNetworks, updated } from "./write.ts";

/** What a pass leaves behind. */
export interface Applied {
  /** Steps that were really done. */
  readonly done: readonly Step[];
  /** Steps the engine refused, for `status`. */
  readonly troubles: readonly Trouble[];
  /** To be given to the next plan and the next pass. */
  readonly memory: Memory;
}

/** What came of one step: `superseded` means that the service changed or went meanwhile, so the next look decides anew. */
type Outcome = "done" | "superseded" | { readonly refusal: string; readonly unanswered?: true };

const verbs = {
  createService: "create",
  updateService: "update",
  setNetworks: "change the networks of",
  removeService: "remove",
} as const satisfies Record<Step["kind"], string>;

/**
 * Applies steps in order; what the engine refuses becomes a trouble and stops nothing else. An engine that does not answer ends
 * the pass, with a trouble: the next look starts over.
 *
 * Fails: only with what is no {@link InterlockError}, a defect. Ends early, without an error, when the signal fires.
 */
export async function apply(
  engine: ServiceEngine,
  steps: readonly Step[],
  memory: Memory,
  log: Logger,
  signal: AbortSignal,
): Promise<Applied> {
  const done: Step[] = [];
  const troubles: Trouble[] = [];
  const attempted = new Map(memory.attempted);
  const refusedNow = new Map<string, string>();
  let stopped = false;
  for (const step of steps) {
    if (signal.aborted || stopped) break;
    const fields = { service: step.name, why: step.why };
    const outcome = await attempt(engine, step, signal);
    if (outcome === "done") {
      done.push(step);
      const remember = remembered(step, attempted.get(step.name));
      if (remember === undefined) attempted.delete(step.name);
      else attempted.set(step.name, remember);
      log.info(fields, doneMessage[step.kind]);
    } else if (outcome === "superseded") {
      log.debug(fields, "Service changed meanwhile, left to the next look");
    } else {
      troubles.push(refused(step.name, verbs[step.kind], outcome.refusal));
      refusedNow.set(step.name, outcome.refusal);
      // A refusal is met again at every look: it is said once, and stays in status.
      if (outcome.unanswered === true) stopped = true;
      if (memory.refused.get(step.name) !== outcome.refusal)
        log.warn({ ...fields, refusal: outcome.refusal }, refusedMessage[step.kind]);
    }
  }
  return { done, troubles, memory: { attempted, refused: refusedNow } };
}

const doneMessage = {
  createService: "Service created",
  updateService: "Service updated",
  setNetworks: "Service networks changed",
  removeService: "Service removed",
} as const satisfies Record<Step["kind"], string>;

const refusedMessage = {
  createService: "Service creation refused",
  updateService: "Service update refused",
  setNetworks: "Service network change refused",
  removeService: "Service removal refused",
} as const satisfies Record<Step["kind"], string>;

async function attempt(engine: ServiceEngine, step: Step, signal: AbortSignal): Promise<Outcome> {
  try {
    return await perform(engine, step, signal);
  } catch (error) {
    if (signal.aborted) return "superseded";
    if (!isInterlockError(error) || error.code === "DEFECT") throw error;
    if (error.code === "DOCKER_UNREACHABLE") return { refusal: error.message, unanswered: true };
    return isOvertaken(error, step) ? "superseded" : { refusal: engineSentence(error) };
  }
}

async function perform(engine: ServiceEngine, step: Step, signal: AbortSignal): Promise<Outcome> {
  if (step.kind === "createService") await engine.createService(created(step.spec), signal);
  else if (step.kind === "removeService") await engine.removeService(step.id, signal);
  else {
    const live = await engine.inspectService(step.id, signal);
    if (live.version !== step.version) return "superseded";
    await engine.updateService(step.id, step.version, writtenBy(step, live.spec), signal);
  }
  return "done";
}

function writtenBy(step: UpdateService | SetNetworks, live: LiveService["spec"]): LiveService["spec"] {
  if (step.kind === "updateService") return updated(step.spec, live);
  const spec = onNetworks(
    live,
    step.networks.map((Target) => ({ Target })),
  );
  return step.config === undefined ? spec : withLiveConfig(spec, step.config);
}

/**
 * True when the plan was made from a look that is older than what is: the service is gone, or newer, or there already (the next
 * look tells whose it is). A network that is gone is none of these: it does not mend itself.
 * Source: swarmkit `ErrSequenceConflict` ("update out of sequence", status 500) and `ErrNameConflict`; the engine's 404.
 */
function isOvertaken(error: InterlockError, step: Step): boolean {
  const sentence = engineSentence(error);
  if (step.kind === "createService") return /name conflicts with an existing object/.test(sentence);
  return /update out of sequence|service \S+ not found/.test(sentence);
}

/** The engine's own words, without what our client puts before them. */
function engineSentence(error: InterlockError): string {
  const { sentence } = error.details;
  return typeof sentence === "string" ? sentence : error.message;
}

function remembered(step: Step, before: Attempt | undefined): Attempt | undefined {
  if (step.kind === "updateService") return { version: step.version, spec: specHash(step.spec) };
  if (step.kind === "setNetworks") return { ...before, version: step.version, networks: step.networks.join() };
  return undefined;
}
