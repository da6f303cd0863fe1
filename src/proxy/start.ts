/**
 * How a proxy starts from the docker config that is mounted in it: on the classic road always, else when core is silent.
 */
import { InterlockError, sentenceOf } from "../model/errors.ts";
import { sleep } from "../runtime/wait.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Agent } from "./agent.ts";
import type { LastGood } from "./last-good.ts";
import { readPrintedFile, type PrintedPlace } from "./printed-file.ts";

/** How long a proxy without a last good waits for core: a core that is there answers sooner. */
const patienceMs = 5_000;

/**
 * Serves the file of the classic road, or where nginx refuses it the last good.
 *
 * Fails: NGINX_REFUSED with nginx's reason when there is neither, so that the task ends and Swarm rolls back; NGINX_FAILED when nginx cannot
 * be started at all.
 */
export async function serveClassic(
  agent: Agent,
  place: PrintedPlace,
  good: LastGood | undefined,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const reason = await readPrintedFile(place, log).then(
    (file) => agent.serve(file, signal),
    (error: unknown) => sentenceOf(error),
  );
  if (reason === undefined || signal.aborted) return;
  if (good !== undefined) await agent.boot(good, signal);
  if (agent.serving.structure !== "") return;
  throw new InterlockError("NGINX_REFUSED", `the configuration in the docker config cannot be served: ${reason}`);
}

/** Starts from the file, if there is one, when neither the last good nor core has come to something within some seconds. */
export async function startCold(agent: Agent, place: PrintedPlace, log: Logger, signal: AbortSignal): Promise<void> {
  await sleep(patienceMs, signal);
  if (signal.aborted || agent.ready) return;
  try {
    agent.propose(await readPrintedFile(place, log));
  } catch (error) {
    log.info({ path: place.path, reason: sentenceOf(error) }, "Nothing to start from");
  }
}
