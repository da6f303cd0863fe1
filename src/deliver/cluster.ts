/**
 * What core knows of one service cluster between deciding and serving: the structure to render, the bundle that came
 * back, and the sessions of its proxies.
 */
import type { Bundle } from "../model/bundle.ts";
import type { CertificateTable, DesiredCluster } from "../model/desired.ts";
import type { Memories } from "../model/memory.ts";
import { nothingOffered, type Offer, type Outcome, type Serving, type Word } from "../model/offer.ts";
import type { CertificateStatus, ClusterStatus } from "../model/status.ts";
import { Bell } from "../runtime/bell.ts";
import type { Clock } from "../runtime/wait.ts";
import { feedBetween, keptBetween, nothingFed, offerBetween, type Fed, type Target } from "./diff.ts";
import { routeStatuses } from "./endpoints.ts";
import { Feed } from "./feed.ts";
import { printedText } from "./printing.ts";
import { admit, afterLeaving, afterRefusal, afterServing, type Trial } from "./rollout.ts";
import { byTask, proxyStatus, told, type Session } from "./session.ts";
import { Structures, type StructuresAsked, type VersionedStructure } from "./structures.ts";

/** How often a silent stream says that it is alive, and that a trial's time is looked at. Proxies take three times as long for silence. */
const heartbeatMs = 1_000;

/** The ledger's page for one service cluster. Latest wins: only the newest of everything is kept. */
export class ClusterLedger {
  readonly #clock: Clock;
  readonly #structures: Structures;
  readonly #offerBell = new Bell();
  readonly #sessions = new Map<string, Session>();
  #desired: DesiredCluster;
  #bundle: Bundle | undefined;
  /** The version of the structure that was rendered last, and the one before which no proxy that serves gets its first whole offer. */
  #rendered = 0;
  #awaited = 0;
  #renderFailure: string | undefined;
  readonly #feed: Feed;
  #blind = false;
  #certificateStatuses: readonly CertificateStatus[] = [];
  #memories: Memories = new Map();
  #trial: Trial = { kind: "untried" };
  /** The structure that was proven last: what a proxy without any gets while the newest may not be offered to it. */
  #proven: Target["structure"];
  #sessionCount = 0;

  /** `firstVersion`: see {@link Structures}. */
  constructor(desired: DesiredCluster, clock: Clock, firstVersion: number = 1) {
    this.#clock = clock;
    this.#structures = new Structures(desired, firstVersion);
    this.#desired = desired;
    this.#feed = new Feed(desired);
  }

  /** Takes what should be true now. Wakes extensions only when the structure differs, proxies only when endpoints may. */
  want(desired: DesiredCluster): void {
    this.#desired = desired;
    this.#structures.want(desired);
    if (this.#feed.reach(desired, this.#bundle?.routes)) this.#offerBell.ring();
  }

  /** Takes whether core has lost sight of the Swarm; proxies hear of a change at once. */
  blinded(is: boolean): void {
    if (is === this.#blind) return;
    this.#blind = is;
    this.#offerBell.ring();
  }

  /** Takes the certificates of its hosts. Wakes proxies when they differ. */
  certify(table: CertificateTable, statuses: readonly CertificateStatus[]): void {
    this.#certificateStatuses = statuses;
    if (this.#feed.certify(table, this.#settled)) this.#offerBell.ring();
  }

  /** Takes what its proxies should keep for core. Wakes them when it differs. */
  remember(memories: Memories): void {
    if (keptBetween(this.#memories, memories) === undefined) return;
    this.#memories = memories;
    this.#offerBell.ring();
  }

  /**
   * What is wanted now is what a core that has just started was reminded of: no proxy is made to serve less before that is rendered. Until
   * then those that serve get endpoints and certificates only.
   */
  recalled(): void {
    this.#awaited = this.#structures.version;
  }

  /** The structures to render; see {@link Structures.follow}. */
  structures(signal: AbortSignal, asked: StructuresAsked): AsyncGenerator<VersionedStructure | undefined> {
    return this.#structures.follow(signal, asked);
  }

  /** Takes what an extension rendered. A bundle of an older structure is dropped: the newer one is on its way. */
  returned(version: number, result: Bundle | { readonly failure: string }): void {
    if (version !== this.#structures.version) return;
    if ("failure" in result) {
      this.#renderFailure = result.failure;
      return;
    }
    this.#renderFailure = undefined;
    if (result.structure !== this.#bundle?.structure) {
      const served = [...this.#sessions.values()].some((session) => session.serving.structure === result.structure);
      this.#trial = served ? { kind: "proven" } : { kind: "untried" };
    }
    this.#bundle = result;
    this.#rendered = version;
    this.#rememberProven();
    this.#feed.reach(this.#desired, result.routes);
    this.#feed.settle(this.#settled);
    this.#offerBell.ring();
  }

  /**
   * What its proxies serve, or should, as one text for a docker config; `undefined` before the first bundle. Where proxies take structures
   * from the stream it is what was proven last, once something was.
   */
  printed(): string | undefined {
    if (this.#bundle === undefined || this.#rendered < this.#awaited) return undefined;
    const { classic, certificates } = this.#desired;
    const nginxConf = (classic ? undefined : this.#proven?.nginxConf) ?? this.#bundle.nginxConf;
    return printedText({ ...this.#feed.offered, nginxConf, routes: this.#bundle.routes, certificates });
  }

  /**
   * What one proxy is told: offers, whole first, and once a second at least that core is there. Ends when the signal fires.
   *
   * Shape: on the classic road there is one, without anything in it, so that the proxy says what it serves and why not something else.
   */
  async *offers(
    caller: { readonly task: string; readonly node: string },
    serving: Serving,
    signal: AbortSignal,
  ): AsyncGenerator<Word, void, undefined> {
    using bell = this.#offerBell.listen();
    this.#sessionCount += 1;
    const session: Session = { id: `${caller.task}/${this.#sessionCount}`, ...caller, serving, sequence: 0 };
    this.#sessions.set(caller.task, session);
    this.#learn(serving);
    try {
      let said = { atMs: Number.NEGATIVE_INFINITY, blind: this.#blind };
      let fed = nothingFed;
      while (!signal.aborted && this.#sessions.get(caller.task) === session) {
        const offer = this.#desired.classic ? this.#greeting(session) : this.#nextWord(session, fed);
        if (session.sent === undefined && offer !== undefined) fed = this.#feed.offered;
        // Together with the offer: that core sees again must not be heard before what it sees.
        const blind = this.#blind;
        if (offer !== undefined || blind !== said.blind || this.#clock() - said.atMs >= heartbeatMs) {
          said = { atMs: this.#clock(), blind };
          yield { blind, ...(offer === undefined ? {} : { offer }) };
        }
        await bell.wait(Math.max(1, said.atMs + heartbeatMs - this.#clock()), signal);
      }
    } finally {
      // A proxy that reconnected has a newer session under the same task.
      if (this.#sessions.get(caller.task) === session) this.#sessions.delete(caller.task);
      this.#trial = afterLeaving(this.#trial, session.id);
      this.#offerBell.ring();
    }
  }

  /** Takes a proxy's word on an offer; a word from a proxy without a session is ignored. */
  reported(task: string, outcome: Outcome): void {
    const session = this.#sessions.get(task);
    if (session === undefined) return;
    session.serving = outcome.serving;
    const { sent } = session;
    // It says that it applied all there was, and serves another structure: one it was adopting when it connected. Send ours.
    const strayed =
      outcome.kind === "applied" &&
      outcome.sequence === session.sequence &&
      outcome.serving.structure !== sent?.structure;
    if (sent !== undefined && strayed) {
      session.sent = { ...sent, structure: outcome.serving.structure };
      this.#offerBell.ring();
    }
    if (outcome.trouble === undefined) delete session.trouble;
    else session.trouble = outcome.trouble;
    if (outcome.kind === "refused") {
      session.refusal = { structure: outcome.structure, reason: outcome.reason };
      if (outcome.structure === this.#bundle?.structure)
        this.#trial = afterRefusal(this.#trial, session.id, outcome.reason);
    } else {
      delete session.refusal;
    }
    this.#learn(outcome.serving);
  }

  /** What its proxies are offered, or will be with the next offer. */
  get endpoints(): DesiredCluster["endpoints"] {
    return this.#feed.offered.endpoints;
  }

  /** What an extension rendered last. */
  get bundle(): Bundle | undefined {
    return this.#bundle;
  }

  /** How many proxies serve exactly what they should. */
  get current(): number {
    return [...this.#sessions.values()].filter((session) => session.serving.revision === this.#bundle?.revision).length;
  }

  /** This cluster's part of the status. */
  status(): ClusterStatus {
    const bundle = this.#bundle;
    return {
      name: this.#desired.name,
      extension: this.#desired.extension,
      extensionConnected: this.#structures.followed,
      ...(this.#desired.classic ? { classic: true } : {}),
      ...(this.#structures.template ? { template: true } : {}),
      ...(this.#renderFailure === undefined ? {} : { renderFailure: this.#renderFailure }),
      ...(bundle === undefined ? {} : { revision: bundle.revision, structure: bundle.structure }),
      proxies: [...this.#sessions.values()].map((each) => proxyStatus(each, bundle, this.#trial)).toSorted(byTask),
      routes: routeStatuses(this.#desired.structure.routes, this.endpoints),
      certificates: this.#certificateStatuses,
    };
  }

  /** Whether the newest structure is rendered. */
  get #settled(): boolean {
    return this.#rendered === this.#structures.version;
  }

  #learn(serving: Serving): void {
    const before = this.#trial;
    if (this.#bundle !== undefined) this.#trial = afterServing(before, this.#bundle.structure, serving.structure);
    this.#rememberProven();
    if (this.#trial !== before) this.#offerBell.ring();
  }

  #rememberProven(): void {
    if (this.#bundle === undefined || this.#trial.kind !== "proven") return;
    this.#proven = { nginxConf: this.#bundle.nginxConf, revision: this.#bundle.structure };
  }

  #greeting(session: Session): Offer | undefined {
    return told(session, session.sequence > 0 ? undefined : nothingOffered, this.#memories);
  }

  #nextWord(session: Session, fed: Fed): Offer | undefined {
    const isFirst = session.sent === undefined && session.serving.structure !== "";
    const waits = this.#bundle === undefined || (isFirst && this.#rendered < this.#awaited);
    return waits ? this.#nextFeed(session, fed) : this.#nextOffer(session);
  }

  #nextOffer(session: Session): Offer | undefined {
    const target = this.#bundle === undefined ? undefined : this.#targetFor(session, this.#bundle);
    const offer = target === undefined ? undefined : offerBetween(session.sent, target, session.serving.structure);
    if (target === undefined) return undefined;
    // Also when nothing differs: the next heartbeat then sees it by comparing references.
    session.sent = {
      ...target,
      structure: target.structure?.revision ?? session.sent?.structure ?? session.serving.structure,
    };
    return told(session, offer, this.#memories);
  }

  /** While there is no bundle (core is new and the extension away), structure freezes; endpoints and certificates flow to whoever serves. */
  #nextFeed(session: Session, fed: Fed): Offer | undefined {
    const change = session.serving.structure === "" ? undefined : feedBetween(fed, this.#feed.offered);
    if (change === undefined) return undefined;
    session.sequence += 1;
    return { sequence: session.sequence, ...change };
  }

  #targetFor(session: Session, { routes, structure, nginxConf }: Bundle): Target {
    const { admitted, trial } = admit(this.#trial, session.id, this.#clock());
    const blank = session.serving.structure === "";
    // A proxy that serves the structure already is not on trial for it.
    const offered = admitted && session.refusal?.structure !== structure;
    if (offered && session.serving.structure !== structure) this.#trial = trial;
    const wanted = { nginxConf, revision: structure };
    // A proxy that serves nothing gets the last one that was proven; without one it may try what another refused: it has nothing to lose.
    const untold = this.#trial.kind === "refused" && session.refusal?.structure !== structure;
    const fallback = this.#proven ?? (untold ? wanted : undefined);
    const offer = offered ? wanted : blank ? fallback : undefined;
    return {
      ...(offer === undefined ? {} : { structure: offer }),
      routes,
      ...this.#feed.offered,
    };
  }
}
