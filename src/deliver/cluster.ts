/**
 * What core knows of one service cluster between deciding and serving: the structure to render, the bundle that came
 * back, and the sessions of its proxies.
 */
import type { Bundle } from "../model/bundle.ts";
import type { DesiredCluster, EndpointTable, Structure } from "../model/desired.ts";
import type { Revision } from "../model/names.ts";
import type { Offer, Outcome, Serving } from "../model/offer.ts";
import type { ClusterStatus, ProxyStatus } from "../model/status.ts";
import { Bell } from "../runtime/bell.ts";
import type { Clock } from "../runtime/wait.ts";
import { endpointsBetween, offerBetween, sameTable, type Sent, type Target } from "./diff.ts";
import { endpointsFor } from "./endpoints.ts";
import { admit, afterLeaving, afterRefusal, afterServing, type Trial } from "./rollout.ts";

/** How often a silent stream says that it is alive, and that a trial's time is looked at. */
const heartbeatMs = 5_000;

/** A structure with the number an extension answers it by. */
export interface VersionedStructure {
  readonly version: number;
  readonly structure: Structure;
}

/** One connected proxy. */
interface Session {
  readonly id: string;
  readonly task: string;
  readonly node: string;
  serving: Serving;
  /** What it has been sent, once a whole offer has been. */
  sent?: Sent;
  /** Number of the last offer. */
  sequence: number;
  refusal?: { readonly structure: Revision; readonly reason: string };
  trouble?: string;
}

/** The ledger's page for one service cluster. Latest wins: only the newest of everything is kept. */
export class ClusterLedger {
  readonly #clock: Clock;
  readonly #structureBell = new Bell();
  readonly #offerBell = new Bell();
  readonly #sessions = new Map<string, Session>();
  #desired: DesiredCluster;
  #version: number;
  #structureText: string;
  #bundle: Bundle | undefined;
  #renderFailure: string | undefined;
  #endpoints: EndpointTable;
  #trial: Trial = { kind: "untried" };
  /** The structure that was proven last: what a proxy without any gets while the newest may not be offered to it. */
  #proven: Target["structure"];
  #extensions = 0;
  #sessionCount = 0;

  /** `firstVersion` differs from core to core, so that an answer to an earlier core's structure is not taken for one to ours. */
  constructor(desired: DesiredCluster, clock: Clock, firstVersion: number = 1) {
    this.#clock = clock;
    this.#version = firstVersion;
    this.#desired = desired;
    this.#structureText = JSON.stringify(desired.structure);
    this.#endpoints = desired.endpoints;
  }

  /** Takes what should be true now. Wakes extensions only when the structure differs, proxies only when endpoints may. */
  want(desired: DesiredCluster): void {
    this.#desired = desired;
    const structureText = JSON.stringify(desired.structure);
    if (structureText !== this.#structureText) {
      this.#structureText = structureText;
      this.#version += 1;
      this.#structureBell.ring();
    }
    this.#refreshEndpoints();
  }

  /** The structures to render: the current one, then newer ones. Ends when the signal fires. `undefined` is a heartbeat. */
  async *structures(signal: AbortSignal): AsyncGenerator<VersionedStructure | undefined, void, undefined> {
    using bell = this.#structureBell.listen();
    this.#extensions += 1;
    try {
      let sent = 0;
      while (!signal.aborted) {
        if (sent === this.#version) yield undefined;
        else {
          sent = this.#version;
          yield { version: sent, structure: this.#desired.structure };
        }
        await bell.wait(heartbeatMs, signal);
      }
    } finally {
      this.#extensions -= 1;
    }
  }

  /** Takes what an extension rendered. A bundle of an older structure is dropped: the newer one is on its way. */
  returned(version: number, result: Bundle | { readonly failure: string }): void {
    if (version !== this.#version) return;
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
    this.#rememberProven();
    this.#refreshEndpoints();
    this.#offerBell.ring();
  }

  /** The offers for one proxy, whole first. Ends when the signal fires. `undefined` is a heartbeat. */
  async *offers(
    caller: { readonly task: string; readonly node: string },
    serving: Serving,
    signal: AbortSignal,
  ): AsyncGenerator<Offer | undefined, void, undefined> {
    using bell = this.#offerBell.listen();
    this.#sessionCount += 1;
    const session: Session = { id: `${caller.task}/${this.#sessionCount}`, ...caller, serving, sequence: 0 };
    this.#sessions.set(caller.task, session);
    this.#learn(serving);
    try {
      let saidAt = Number.NEGATIVE_INFINITY;
      let fed: EndpointTable = new Map();
      while (!signal.aborted && this.#sessions.get(caller.task) === session) {
        const offer = this.#bundle === undefined ? this.#feed(session, fed) : this.#nextOffer(session);
        if (this.#bundle === undefined && offer !== undefined) fed = this.#endpoints;
        if (offer !== undefined || this.#clock() - saidAt >= heartbeatMs) {
          saidAt = this.#clock();
          yield offer;
        }
        await bell.wait(heartbeatMs, signal);
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
      extensionConnected: this.#extensions > 0,
      ...(this.#renderFailure === undefined ? {} : { renderFailure: this.#renderFailure }),
      ...(bundle === undefined ? {} : { revision: bundle.revision, structure: bundle.structure }),
      proxies: [...this.#sessions.values()].map((each) => proxyStatus(each, bundle, this.#trial)).toSorted(byTask),
      routes: this.#desired.structure.routes.map((route) => ({
        host: route.host,
        path: route.path,
        upstream: route.upstream,
        endpoints: (this.#endpoints.get(route.upstream) ?? []).map(({ address, port }) => `${address}:${port}`),
      })),
    };
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

  #nextOffer(session: Session): Offer | undefined {
    const target = this.#bundle === undefined ? undefined : this.#targetFor(session, this.#bundle);
    const offer = target === undefined ? undefined : offerBetween(session.sent, target, session.serving.structure);
    if (target === undefined || offer === undefined) return undefined;
    session.sequence += 1;
    session.sent = {
      structure: target.structure?.revision ?? session.sent?.structure ?? session.serving.structure,
      routes: target.routes,
      endpoints: target.endpoints,
      certificates: target.certificates,
    };
    return { sequence: session.sequence, ...offer };
  }

  /** While there is no bundle (core is new and the extension away), structure freezes and endpoints flow to whoever serves. */
  #feed(session: Session, fed: EndpointTable): Offer | undefined {
    const change = session.serving.structure === "" ? undefined : endpointsBetween(fed, this.#endpoints);
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
    return { ...(offer === undefined ? {} : { structure: offer }), routes, endpoints: this.#endpoints, certificates: new Map() };
  }

  /** Wakes the proxies when what they get differs. */
  #refreshEndpoints(): void {
    const endpoints = endpointsFor(this.#desired.endpoints, this.#bundle?.routes);
    if (sameTable(this.#endpoints, endpoints)) return;
    this.#endpoints = endpoints;
    this.#offerBell.ring();
  }
}

/** A structure refused where it was tried first is held back from the others: they are shown as refused for the same reason. */
function proxyStatus(session: Session, bundle: Bundle | undefined, trial: Trial): ProxyStatus {
  const { task, node, serving, refusal, trouble } = session;
  const current = bundle !== undefined && serving.revision === bundle.revision;
  const heldBack = trial.kind === "refused" && serving.structure !== bundle?.structure ? trial : undefined;
  const refused = refusal !== undefined && refusal.structure === bundle?.structure ? refusal : heldBack;
  return {
    task,
    node,
    revision: serving.revision,
    structure: serving.structure,
    state: refused !== undefined ? "refused" : current ? "current" : "behind",
    ...(refused === undefined ? {} : { reason: refused.reason }),
    ...(trouble === undefined ? {} : { trouble }),
  };
}

function byTask(a: ProxyStatus, b: ProxyStatus): number {
  return a.task < b.task ? -1 : 1;
}
