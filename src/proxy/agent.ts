/**
 * The agent: what core wants, what nginx serves, and the loops that bring the one to the other. The roads run side by
 * side, so that endpoints stay fresh while a reload takes its second.
 */
import { revisionOf } from "../model/bundle.ts";
import type { EndpointTable } from "../model/desired.ts";
import { isInterlockError } from "../model/errors.ts";
import { wireRevision, type Revision } from "../model/names.ts";
import type { Serving, Word } from "../model/offer.ts";
import { remembering } from "../model/remembering.ts";
import type { Bell } from "../runtime/bell.ts";
import { backoffMs } from "../runtime/wait.ts";
import type { Logger } from "../telemetry/log.ts";
import { Batch } from "./batch.ts";
import type { FastRoad } from "./fast-road.ts";
import type { LastGood } from "./last-good.ts";
import type { Nginx } from "./nginx.ts";
import { Outcomes, type StreamOutcome } from "./outcomes.ts";
import type { PrintedFile } from "./printed-file.ts";
import type { SlowRoad } from "./slow-road.ts";
import { refusalAfter, type Refusal, type Standing } from "./standing.ts";
import type { Tables } from "./tables.ts";
import { afterAnswers, afterWord, nothingWanted, withTables, type Wanted } from "./wanted.ts";

/** Waiting without anything to do; whatever happens rings the bell. */
const idleMs = 60_000;

/** What the agent works with. */
export interface AgentParts {
  readonly nginx: Nginx;
  readonly slow: SlowRoad;
  readonly fast: FastRoad;
  /** Rung at every change of anything an agent's loop looks at. */
  readonly bell: Bell;
  readonly log: Logger;
}

/** One proxy's state. `changeStructure` and `changeTables` are loops that run until the signal fires. */
export class Agent {
  readonly #parts: AgentParts;
  readonly #batch = new Batch();
  #wanted: Wanted = nothingWanted();
  #refusal: Refusal | undefined;
  readonly #outcomes = new Outcomes();
  /** The revision is asked for after every change, and most change no route of thousands. */
  readonly #revisionOf = remembering(revisionOf);

  constructor(parts: AgentParts) {
    this.#parts = parts;
  }

  /** What nginx serves; empty for nothing. */
  get serving(): Serving {
    const { slow, fast } = this.#parts;
    if (slow.current === undefined) return { structure: wireRevision(""), revision: wireRevision("") };
    const { structure } = slow.current;
    return { structure, revision: this.#revisionOf(structure, fast.held.routes) };
  }

  /** True when nginx runs a proven configuration and has had its tables. */
  get ready(): boolean {
    const { slow, fast } = this.#parts;
    return slow.serving && fast.ready.has("routes");
  }

  /** True when nginx has the certificates that it should have, as far as core has said. */
  get certified(): boolean {
    return this.#parts.fast.ready.has("certificates");
  }

  /** True once core has spoken. */
  get told(): boolean {
    return this.#wanted.version > 0;
  }

  /** The newest outcome; `undefined` before the first offer has been dealt with. */
  get outcome(): StreamOutcome | undefined {
    return this.#outcomes.newest;
  }

  /** What is worth keeping on disk: a proven structure with the tables nginx holds, all but the certificates. */
  get lastGood(): LastGood | undefined {
    const { slow, fast } = this.#parts;
    if (slow.current === undefined || !this.ready) return undefined;
    const { certificates: _, ...tables } = fast.held;
    return { nginxConf: slow.current.nginxConf, structure: slow.current.structure, tables };
  }

  /** What core said last, or what is kept from an earlier life. */
  get tables(): Tables {
    return this.#wanted.tables;
  }

  /** Takes a message of core; the loops do the rest. */
  accept(word: Word, stream: number): void {
    // Offered anew, it is tried anew: what refused it may have been mended.
    if (word.offer?.nginxConf !== undefined) this.#refusal = undefined;
    const before = this.#wanted.structure?.revision;
    const wanted = afterWord(this.#wanted, word, stream);
    if (wanted.structure?.revision !== before) this.#batch.add();
    this.#want(wanted);
  }

  /** Takes what Docker's DNS says of endpoints, while core cannot be relied on. True when it is news. */
  answered(answers: EndpointTable): boolean {
    return this.#want(afterAnswers(this.#wanted, answers));
  }

  /** Takes note of what is wrong with the last good, or that nothing is any more; core is told. */
  diskTrouble(sentence: string | undefined): void {
    if (this.#outcomes.trouble("disk", sentence)) this.#parts.bell.ring();
  }

  /**
   * Serves from the last good before core has been asked. What it finds wrong is logged: core's first offer mends it.
   *
   * Fails: NGINX_FAILED when nginx cannot be started at all.
   */
  async boot(good: LastGood, signal: AbortSignal): Promise<void> {
    const { slow, log } = this.#parts;
    const verdict = await slow.adopt(good.nginxConf, signal);
    if (verdict.kind !== "serving") {
      log.warn({ structure: good.structure, reason: verdict.reason }, "Last good configuration ignored");
      return;
    }
    // On the classic road the file that was refused still knows the newest endpoints.
    const { tables: known } = this.#wanted;
    const tables = {
      routes: good.tables.routes,
      endpoints: new Map([...good.tables.endpoints, ...known.endpoints]),
      names: new Map([...good.tables.names, ...known.names]),
      certificates: known.certificates,
    };
    this.#wanted = withTables(this.#wanted, tables);
    await this.#bringTables(this.#wanted);
    log.info(this.serving, "Serving from last good");
  }

  /**
   * Serves what a file says, before and without core. Where nginx does not take it the answer is why not, and it stays what is wanted, so
   * that core hears why.
   *
   * Fails: NGINX_FAILED when nginx cannot be started at all.
   */
  async serve(file: PrintedFile, signal: AbortSignal): Promise<string | undefined> {
    const { log } = this.#parts;
    // Which secrets are mounted is in the service: there will be no other certificates.
    this.#wanted = nothingWanted({ ...file, awaited: new Set() });
    await this.#adopt(file.structure, signal);
    if (!this.#isServed(file.structure.revision)) return this.#refusal?.reason ?? "nginx does not serve it";
    await this.#bringTables(this.#wanted);
    log.info(this.serving, "Serving from the docker config");
    return undefined;
  }

  /** Wants what a file says, unless something is served or core has spoken; the loops do the rest. */
  propose(file: PrintedFile): void {
    const { slow, bell, log } = this.#parts;
    if (this.#wanted.version > 0 || slow.current !== undefined) return;
    log.info({ structure: file.structure.revision }, "Core silent, starting from the docker config");
    this.#wanted = nothingWanted(file);
    bell.ring();
  }

  /**
   * The slow road's loop; also brings nginx back when it ended. While something is served, changes are gathered for a moment.
   *
   * Fails: NGINX_FAILED when nginx stays away.
   */
  async changeStructure(signal: AbortSignal): Promise<void> {
    const { nginx, slow, bell, log } = this.#parts;
    using changes = bell.listen();
    while (!signal.aborted) {
      if (slow.current !== undefined && !nginx.running) {
        log.warn({ structure: slow.current.structure }, "nginx ended by itself");
        await slow.revive(signal);
        bell.ring();
      }
      const { structure } = this.#wanted;
      const due =
        structure !== undefined && !this.#isServed(structure.revision) && !this.#isRefused(structure.revision);
      const leftMs = due && slow.current !== undefined ? this.#batch.leftMs : 0;
      if (leftMs > 0) await changes.wait(leftMs, signal);
      else if (due) {
        this.#batch.clear();
        await this.#adopt(structure, signal);
      } else {
        this.#batch.clear();
        const standing = this.#standingOf(this.#wanted);
        const retryAtMs = standing.kind === "refused" ? standing.refusal.retryAtMs : undefined;
        await changes.wait(retryAtMs === undefined ? idleMs : Math.max(1, retryAtMs - performance.now()), signal);
      }
    }
  }

  /** The fast road's loop. */
  async changeTables(signal: AbortSignal): Promise<void> {
    const { slow, bell } = this.#parts;
    using changes = bell.listen();
    let failures = 0;
    while (!signal.aborted) {
      const wanted = this.#wanted;
      const standing = this.#standingOf(wanted);
      let done = true;
      if (slow.serving) done = await this.#bringTables(wanted);
      const settled = slow.serving || slow.current === undefined;
      if (settled && this.#outcomes.settle(wanted, standing, this.serving)) bell.ring();
      failures = done ? 0 : failures + 1;
      await changes.wait(done ? idleMs : backoffMs(failures, 100, 10_000), signal);
    }
  }

  #want(wanted: Wanted): boolean {
    if (wanted === this.#wanted) return false;
    this.#wanted = wanted;
    this.#parts.bell.ring();
    return true;
  }

  async #adopt(structure: NonNullable<Wanted["structure"]>, signal: AbortSignal): Promise<void> {
    const { slow, bell, log } = this.#parts;
    const startedMs = performance.now();
    const verdict = await slow.adopt(structure.nginxConf, signal);
    const line = { structure: structure.revision, durationMs: Math.round(performance.now() - startedMs) };
    if (verdict.kind === "serving") {
      this.#refusal = undefined;
      if (verdict.reloaded) this.#outcomes.reloaded();
      log.info({ ...line, reloaded: verdict.reloaded }, "Configuration proven");
    } else {
      this.#refusal = refusalAfter(this.#refusal, structure.revision, verdict);
      log.warn({ ...line, reason: verdict.reason }, "Configuration refused");
    }
    bell.ring();
  }

  async #bringTables({ inForce, awaited }: Wanted): Promise<boolean> {
    const { fast, log, nginx, bell } = this.#parts;
    const startedMs = performance.now();
    const before = fast.held;
    const known = fast.ready.size;
    try {
      const whole = awaited?.size === 0 ? (["routes", "certificates"] as const) : (["routes"] as const);
      const { set, deleted } = await fast.bring(inForce, whole);
      this.#outcomes.trouble("tables", undefined);
      this.#certificatesRefused(fast.refused);
      if (fast.ready.size > known) bell.ring();
      if (set + deleted > 0) {
        const line = { set, deleted, durationMs: Math.round(performance.now() - startedMs) };
        const { routes, certificates } = fast.held;
        // Certificates are counted, never shown.
        const counts = { ...line, hosts: routes.size, certificates: certificates.size };
        if (before.routes !== routes) log.info(counts, "Routes changed");
        else if (before.certificates !== certificates) log.info(counts, "Certificates changed");
        else log.debug(line, "Endpoints changed");
        bell.ring();
      }
      return true;
    } catch (error) {
      if (!isInterlockError(error)) throw error;
      // An nginx that has just ended is the other loop's to mend.
      if (nginx.running) log.warn({ reason: error.message }, "Tables not changed");
      this.#outcomes.trouble("tables", error.message);
      return false;
    }
  }

  #certificatesRefused(hosts: readonly string[]): void {
    const trouble = hosts.length === 0 ? undefined : `nginx refuses the certificate of ${hosts.join(", ")}`;
    if (this.#outcomes.trouble("certificates", trouble) && trouble !== undefined)
      this.#parts.log.warn({ hosts }, "Certificates refused");
  }

  #standingOf({ structure }: Wanted): Standing {
    const served =
      structure === undefined ? this.#parts.slow.current !== undefined : this.#isServed(structure.revision);
    if (served) return { kind: "served" };
    const refusal = this.#refusal;
    return refusal !== undefined && refusal.structure === structure?.revision
      ? { kind: "refused", refusal }
      : { kind: "pending" };
  }

  #isServed(structure: Revision): boolean {
    return this.#parts.slow.current?.structure === structure;
  }

  #isRefused(structure: Revision): boolean {
    const { structure: refused, retryAtMs } = this.#refusal ?? {};
    return refused === structure && (retryAtMs === undefined || performance.now() < retryAtMs);
  }
}
