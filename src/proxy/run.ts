/**
 * `interlock proxy`: nginx and the agent beside it, from start to the last request.
 */
import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { sentenceOf } from "../model/errors.ts";
import { Bell } from "../runtime/bell.ts";
import type { Logger } from "../telemetry/log.ts";
import { Agent } from "./agent.ts";
import { Control } from "./control.ts";
import { followOffers, keepLastGood, reportOutcomes } from "./courier.ts";
import { followNames } from "./fallback.ts";
import { FastRoad } from "./fast-road.ts";
import { followUnreachable } from "./feedback.ts";
import { healthOf, keepHealthFile } from "./health.ts";
import { Hearing } from "./hearing.ts";
import { readLastGood, type StoredLastGood } from "./last-good.ts";
import { leave } from "./leave.ts";
import { usualMostLeaving } from "./leavers.ts";
import type { CoreLink } from "./link.ts";
import type { MemoryShelf } from "./memories.ts";
import { taskLookUp } from "./names.ts";
import { Nginx } from "./nginx.ts";
import { activeConf, type ProxyPaths } from "./paths.ts";
import type { PrintedPlace } from "./printed-file.ts";
import { SlowRoad } from "./slow-road.ts";
import { serveClassic, startCold } from "./start.ts";

/** What a proxy is run with. */
export interface ProxyOptions {
  readonly core: CoreLink;
  readonly paths: ProxyPaths;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** The nginx executable. */
  readonly nginxPath: string;
  /** Where it finds what it serves on the classic road, or else may start from; absent: nowhere. */
  readonly printed?: PrintedPlace;
  /** Servers to ask for the names of tasks, as `address:port`; absent: those of the container, which is Docker's. */
  readonly dnsServers?: readonly string[];
  /** How long everything is served on after the signal fired, so that load balancers see it leave. */
  readonly drainMs: number;
  /** How long requests in flight may take after that. */
  readonly gracePeriodMs: number;
  /** How many generations of workers may be leaving at a time; absent: as many as in production. */
  readonly mostLeaving?: number;
}

/**
 * Runs a proxy until the signal fires. Then its health goes; it serves on for the drain time; nginx finishes its requests; the promise
 * resolves.
 *
 * Fails: NGINX_FAILED when nginx cannot be started or does not stay up, NGINX_REFUSED when there is nothing to serve on the classic road;
 * the task should end, so that Swarm makes another or rolls back.
 */
export async function runProxy(options: ProxyOptions): Promise<void> {
  const { core, paths, log, nginxPath, drainMs, gracePeriodMs, printed } = options;
  await clear(paths);
  const bell = new Bell();
  const control = new Control(paths.controlSocket);
  const nginx = new Nginx(nginxPath, activeConf(paths), log, () => bell.ring());
  const fast = new FastRoad(control);
  const onTablesLost = (): void => fast.lost();
  const { mostLeaving = usualMostLeaving } = options;
  const slow = new SlowRoad({ paths, nginx, nginxPath, control, log, mostLeaving, onTablesLost });
  const agent = new Agent({ nginx, slow, fast, bell, log });
  const streams = { latest: 0 };
  const shelf: MemoryShelf = { memories: new Map() };
  const hearing = new Hearing(bell);
  const lookUp = taskLookUp(options.dnsServers);

  const healthy = healthOf(agent, control);
  const end = new AbortController();
  // What a proxy that leaves does no more: look healthy, and start or reload nginx.
  const beforeLeaving =
    (task: Task): Task =>
    (signal) =>
      together(AbortSignal.any([signal, options.signal]), [task]);

  try {
    await together(end.signal, [
      beforeLeaving((signal) => keepHealthFile(paths.healthy, healthy, bell, log, signal)),
      async (signal) => {
        await fired(AbortSignal.any([signal, options.signal]));
        await leave({ agent, nginx, control, bell, log }, drainMs, signal);
        end.abort();
      },
      async (signal) => {
        const { good, damage } = await lastGoodOf(paths, log);
        shelf.memories = good?.memories ?? shelf.memories;
        if (printed?.classic === true) await serveClassic(agent, printed, good, log, signal);
        else if (good !== undefined) await agent.boot(good, signal);
        bell.ring();
        await together(signal, [
          beforeLeaving((inner) => agent.changeStructure(inner)),
          (inner) => agent.changeTables(inner),
          (inner) => followOffers(core, agent, { shelf, hearing }, streams, log, inner),
          (inner) => reportOutcomes(core, agent, streams, bell, log, inner),
          (inner) => followNames({ agent, hearing, lookUp, bell, log }, inner),
          (inner) => followUnreachable(core, control, agent, log, inner),
          (inner) => keepLastGood({ folder: paths.lastGood, found: damage }, { agent, shelf, bell, log }, inner),
          ...(printed?.classic === false ? [(inner: AbortSignal) => startCold(agent, printed, log, inner)] : []),
        ]);
      },
    ]);
  } finally {
    await nginx.stop(gracePeriodMs);
  }
}

/** What an earlier life of the same container left: its nginx is gone, its health file lies. */
async function clear(paths: ProxyPaths): Promise<void> {
  await rm(paths.healthy, { force: true });
  await rm(paths.active, { force: true });
  await rm(paths.generations, { recursive: true, force: true });
  await mkdir(paths.generations, { recursive: true });
  await mkdir(dirname(paths.controlSocket), { recursive: true });
}

/** What an earlier life kept, or what is wrong with it: then the proxy waits for core as a new one does. */
async function lastGoodOf(
  paths: ProxyPaths,
  log: Logger,
): Promise<{ readonly good?: StoredLastGood | undefined; readonly damage?: string }> {
  try {
    return { good: await readLastGood(paths.lastGood) };
  } catch (error) {
    const reason = sentenceOf(error);
    log.warn({ reason }, "Last good configuration ignored");
    return { damage: `what was kept before the start was not used: ${reason}` };
  }
}

type Task = (signal: AbortSignal) => Promise<void>;

async function fired(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}

/** Runs tasks until all have ended; the first that fails ends the others and is the failure. Aborts are not failures. */
async function together(signal: AbortSignal, tasks: readonly Task[]): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const ends = await Promise.allSettled(
    tasks.map(async (task) => {
      try {
        await task(either);
      } catch (error) {
        if (either.aborted) return;
        failed.abort();
        throw error;
      }
    }),
  );
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}
