/**
 * Why Swarm rolled a service back: Swarm's own message only says that it did, the tasks that failed say why.
 */
import { isInterlockError } from "../model/errors.ts";
import type { SwarmTask } from "../model/snapshot.ts";
import type { Trouble } from "../model/status.ts";

/** What is asked of the engine. Source: Engine API v1.41, GET /tasks; Swarm keeps the last five tasks of a slot. */
export interface TaskEngine {
  tasks(
    filter: { readonly services: readonly string[]; readonly desiredStates: readonly "shutdown"[] },
    signal: AbortSignal,
  ): Promise<readonly SwarmTask[]>;
}

/**
 * Adds to the troubles of rolled-back services what their failed tasks said.
 *
 * Fails: never for an engine that refuses or is silent; then the troubles stay as they are.
 */
export async function withReasons(
  engine: TaskEngine,
  troubles: readonly Trouble[],
  rolledBack: readonly string[],
  signal: AbortSignal,
): Promise<readonly Trouble[]> {
  const explained: Trouble[] = [];
  for (const trouble of troubles) {
    const errors = rolledBack.includes(trouble.subject) ? await errorsOf(engine, trouble.subject, signal) : [];
    const said = errors.length === 0 ? "" : `; its failed tasks say: ${errors.join("; ")}`;
    explained.push({ ...trouble, sentence: `${trouble.sentence}${said}` });
  }
  return explained;
}

async function errorsOf(engine: TaskEngine, service: string, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const tasks = await engine.tasks({ services: [service], desiredStates: ["shutdown"] }, signal);
    const failed = tasks.filter((task) => task.state === "failed" || task.state === "rejected");
    return [...new Set(failed.map((task) => task.error ?? ""))].filter((error) => error !== "").toSorted();
  } catch (error) {
    if (isInterlockError(error) || signal.aborted) return [];
    throw error;
  }
}
