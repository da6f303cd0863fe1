/**
 * The health file of a proxy: there and young while nginx serves something (decision D14).
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { sentenceOf } from "../model/errors.ts";
import type { Bell } from "../runtime/bell.ts";
import { sleep, type Clock } from "../runtime/wait.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Agent } from "./agent.ts";
import type { Control } from "./control.ts";

/** How often nginx is asked; the image's health check calls a file old after some times this. */
const intervalMs = 2_000;

/** How long after its start a proxy is not healthy for want of certificates: while core has not spoken, and while core has to get some. */
const silentMs = 5_000;
const awaitingMs = 30_000;

/**
 * Whether a proxy is healthy: nginx answers, serves a proven structure with whole tables, and has the certificates that it should have.
 *
 * Why for certificates only for a while after the start: one that core cannot get must not keep a proxy out for ever, nor may core's absence.
 */
export function healthOf(
  agent: Pick<Agent, "ready" | "certified" | "told">,
  control: Pick<Control, "identity">,
  clock: Clock = () => performance.now(),
): () => Promise<boolean> {
  const startedMs = clock();
  let waited = false;
  return async () => {
    waited ||= agent.certified || clock() - startedMs >= (agent.told ? awaitingMs : silentMs);
    if (!agent.ready || !waited) return false;
    return control.identity().then(
      ({ structure }) => structure !== "",
      () => false,
    );
  };
}

/**
 * Touches the file while `healthy()` says yes, removes it when not and at the end. While unhealthy, a ring of the bell
 * asks again at once.
 */
export async function keepHealthFile(
  path: string,
  healthy: () => Promise<boolean>,
  bell: Bell,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  using changes = bell.listen();
  let was = false;
  try {
    await mkdir(dirname(path), { recursive: true });
    while (!signal.aborted) {
      const is = await healthy();
      if (is !== was) log.info({ healthy: is }, "Health changed");
      was = is;
      await mark(path, is, log);
      if (is) await sleep(intervalMs, signal);
      else await changes.wait(intervalMs, signal);
    }
  } finally {
    await rm(path, { force: true });
  }
}

async function mark(path: string, healthy: boolean, log: Logger): Promise<void> {
  try {
    if (healthy) await writeFile(path, "");
    else await rm(path, { force: true });
  } catch (error) {
    log.warn({ reason: sentenceOf(error) }, "Health file not written");
  }
}
