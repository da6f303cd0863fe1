/**
 * The slow road: a new `nginx.conf` is staged, checked, activated and proven, or the last good one serves on.
 */
import { rm } from "node:fs/promises";
import { InterlockError, isInterlockError, sentenceOf } from "../model/errors.ts";
import { backoffMs, sleep } from "../runtime/wait.ts";
import type { Logger } from "../telemetry/log.ts";
import { check } from "./check.ts";
import type { Control } from "./control.ts";
import { unbindable } from "./diagnose.ts";
import { idleGone, mostForIdleMs } from "./idle.ts";
import { tooMany } from "./leavers.ts";
import type { Nginx } from "./nginx.ts";
import type { ProxyPaths } from "./paths.ts";
import { prove, type Proof } from "./prove.ts";
import { activate, prune, stage, type Generation } from "./stage.ts";

/** How long `nginx -t` may take: it resolves the names an operator's own options may hold. */
const checkTimeoutMs = 20_000;
/**
 * How long a new worker may take to answer: bundles of ours need 0.1 s, an operator's template with 10,000 hosts 3 s.
 * What takes long to check takes long to load, so some times the check's time is added. nginx tries 2.5 s to bind a port.
 */
const proofTimeoutMs = 5_000;
const proofTimeoutPerCheck = 5;
/** How long before a reload clients are told to close their connections: 0 of 3,000 met a reset (decision D6). */
const drainMs = 1_000;
/** Starts in a row that may fail before the task gives up and Swarm makes another. */
const reviveTries = 4;

/** What became of a configuration. `unsure`: it could not be judged, and may be tried again. */
export type Verdict =
  | { readonly kind: "serving"; readonly reloaded: boolean }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unsure"; readonly reason: string };

/** What the slow road works with. */
export interface SlowRoadParts {
  readonly paths: ProxyPaths;
  readonly nginx: Nginx;
  readonly nginxPath: string;
  readonly control: Control;
  readonly log: Logger;
  /** How many generations of workers may be leaving at a time. */
  readonly mostLeaving: number;
  /** Called when nginx's tables are empty again: after every start, and after a reload that changed their size. */
  readonly onTablesLost: () => void;
}

/** Which generation nginx serves, and the way to the next. One call at a time. */
export class SlowRoad {
  readonly #parts: SlowRoadParts;
  #current: Generation | undefined;
  /** False from a start to its proof. */
  #proven = false;
  #proofTimeoutMs = proofTimeoutMs;

  constructor(parts: SlowRoadParts) {
    this.#parts = parts;
  }

  /** The proven generation; `undefined` while nothing is served. */
  get current(): Generation | undefined {
    return this.#current;
  }

  /** True while nginx serves the proven generation; during a reload it goes on to. */
  get serving(): boolean {
    return this.#current !== undefined && this.#proven && this.#parts.nginx.running;
  }

  /**
   * Takes nginx to a configuration.
   *
   * Fails: NGINX_FAILED when afterwards not even the last good one serves; with the signal's reason when it fires.
   */
  async adopt(nginxConf: string, signal: AbortSignal): Promise<Verdict> {
    const { paths, nginxPath, log } = this.#parts;
    let next: Generation;
    try {
      next = await stage(paths, nginxConf);
      log.debug({ structure: next.structure }, "Configuration staged");
      const startedMs = performance.now();
      const reason = await check(nginxPath, next, checkTimeoutMs, signal);
      this.#proofTimeoutMs = proofTimeoutMs + proofTimeoutPerCheck * (performance.now() - startedMs);
      if (reason !== undefined) {
        await this.#prune(this.#current);
        return { kind: "refused", reason };
      }
      signal.throwIfAborted();
      await activate(paths, next);
    } catch (error) {
      signal.throwIfAborted();
      if (isInterlockError(error, "NGINX_FAILED")) throw error;
      // A full disk or a silent name server says nothing about the configuration.
      return { kind: "unsure", reason: sentenceOf(error) };
    }
    return this.#switch(next, signal);
  }

  /**
   * Starts nginx again after it ended by itself.
   *
   * Fails: NGINX_FAILED when it does not come back within a few tries.
   */
  async revive(signal: AbortSignal): Promise<void> {
    const current = this.#current;
    if (current === undefined) return;
    for (let failures = 0; failures < reviveTries; failures += 1) {
      await activate(this.#parts.paths, current);
      const proof = await this.#start(current, signal);
      if (proof.kind === "proven") return;
      this.#parts.log.warn({ structure: current.structure, reason: proof.what }, "nginx not revived");
      await this.#parts.nginx.stop(0);
      await sleep(backoffMs(failures, 250, 2_000), signal);
    }
    throw new InterlockError("NGINX_FAILED", "nginx does not stay up with the last good configuration");
  }

  async #switch(next: Generation, signal: AbortSignal): Promise<Verdict> {
    const previous = this.#current;
    const { nginx, log } = this.#parts;
    log.debug({ structure: next.structure }, "Configuration activated");
    const reloaded = nginx.running;
    const proof = reloaded ? await this.#reload(next, signal) : await this.#start(next, signal);
    if (proof.kind === "proven") {
      this.#current = next;
      await this.#prune(next);
      return { kind: "serving", reloaded };
    }
    const causes = await unbindable(next.nginxConf, previous?.nginxConf);
    await this.#rollBack(signal);
    return { kind: "refused", reason: [...causes, proof.what].join("\n") };
  }

  async #rollBack(signal: AbortSignal): Promise<void> {
    const { paths, nginx, log } = this.#parts;
    const previous = this.#current;
    if (previous === undefined) {
      await nginx.stop(0);
      await rm(paths.active, { force: true });
      return;
    }
    await activate(paths, previous);
    if (nginx.running) {
      const proof = await this.#reload(previous, signal);
      if (proof.kind === "proven") return;
      log.warn(
        { structure: previous.structure, reason: proof.what },
        "Reload of the last good configuration not proven",
      );
      await nginx.stop(0);
    }
    await this.revive(signal);
  }

  async #start(generation: Generation, signal: AbortSignal): Promise<Proof> {
    const { nginx, control, onTablesLost } = this.#parts;
    this.#proven = false;
    onTablesLost();
    await nginx.start();
    const claim = { structure: generation.structure, replaced: new Set<number>(), timeoutMs: this.#proofTimeoutMs };
    const proof = await prove(claim, nginx, control, signal);
    this.#proven = proof.kind === "proven";
    return proof;
  }

  async #reload(generation: Generation, signal: AbortSignal): Promise<Proof> {
    const { nginx, control, log, onTablesLost } = this.#parts;
    const before = await control.identity().catch(() => undefined);
    await this.#drain();
    await sleep(drainMs, signal);
    await idleGone(control, mostForIdleMs, signal);
    signal.throwIfAborted();
    const workers = await nginx.workers();
    await nginx.end(tooMany(workers, this.#parts.mostLeaving));
    const replaced = new Set(workers.map(({ pid }) => pid));
    nginx.reload();
    const claim = { structure: generation.structure, replaced, timeoutMs: this.#proofTimeoutMs };
    const proof = await prove(claim, nginx, control, signal);
    await control.drain(0).catch((error: unknown) => log.debug({ err: error }, "Draining not ended"));
    if (proof.kind === "proven" && proof.identity.generation <= (before?.generation ?? 0)) onTablesLost();
    return proof;
  }

  /** Longer than the wait: responses must close their connections until the old workers have stopped to listen. */
  async #drain(): Promise<void> {
    try {
      await this.#parts.control.drain((drainMs + mostForIdleMs + this.#proofTimeoutMs) / 1_000);
    } catch (error) {
      this.#parts.log.warn({ reason: sentenceOf(error) }, "Reloading without draining");
    }
  }

  async #prune(keep: Generation | undefined): Promise<void> {
    try {
      await prune(this.#parts.paths, keep);
    } catch (error) {
      this.#parts.log.warn({ reason: sentenceOf(error) }, "Old generations not removed");
    }
  }
}
