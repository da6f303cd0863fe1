/**
 * What core knows of one service cluster between deciding and serving: the structure to render, the bundle that came
 * back, and the sessions of its proxies.
 */
import type { Bundle } from "../model/bundle.ts";
import type { DesiredCluster, Endpoint, EndpointTable, Structure } from "../model/desired.ts";
import type { Revision, UpstreamName } from "../model/names.ts";
import type { Offer, Outcome, Serving } from "../model/offer.ts";
import type { ClusterStatus, ProxyStatus } from "../model/status.ts";
import { Bell } from "../runtime/bell.ts";
import type { Clock } from "../runtime/wait.ts";
import { offerBetween, type Sent, type Target } from "./diff.ts";
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
  #version = 1;
  #structureText: string;
  #bundle: Bundle | undefined;
  #renderFailure: string | undefined;
  #endpoints: EndpointTable;
  #trial: Trial = { kind: "untried" };
  /** The structure that was proven last: what a proxy without any gets while the newest may not be offered to it. */
  #proven: Target["structure"];
  #extensions = 0;
  #sessionCount = 0;

  constructor(desired: DesiredCluster, clock: Clock) {
    this.#clock = clock;
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
    this.#offerBell.ring();
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
    const session: Session = { id: `${caller.task}/${this.#sessionCount}`, ...caller, serving };
    this.#sessions.set(caller.task, session);
    this.#learn(serving);
    try {
      let sent: Sent | undefined;
      let sequence = 0;
      while (!signal.aborted && this.#sessions.get(caller.task) === session) {
        const target = this.#targetFor(session);
        const offer = target === undefined ? undefined : offerBetween(sent, target, session.serving.structure);
        if (target !== undefined && offer !== undefined) {
          sequence += 1;
          sent = {
            structure: target.structure?.revision ?? sent?.structure ?? session.serving.structure,
            routes: target.routes,
            endpoints: target.endpoints,
          };
          yield { sequence, ...offer };
        } else {
          yield undefined;
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
    if (outcome.trouble === undefined) delete session.trouble;
    else session.trouble = outcome.trouble;
    if (outcome.kind === "refused") {
      session.refusal = { structure: outcome.structure, reason: outcome.reason };
      if (outcome.structure === this.#bundle?.structure) this.#trial = afterRefusal(this.#trial, outcome.reason);
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

  #targetFor(session: Session): Target | undefined {
    const bundle = this.#bundle;
    if (bundle === undefined) return undefined;
    const { routes, structure, nginxConf } = bundle;
    const { admitted, trial } = admit(this.#trial, session.id, this.#clock());
    // A proxy that serves the structure already is not on trial for it.
    const offered = admitted && session.refusal?.structure !== structure;
    if (offered && session.serving.structure !== structure) this.#trial = trial;
    const fallback = session.serving.structure === "" ? this.#proven : undefined;
    const offer = offered ? { nginxConf, revision: structure } : fallback;
    return { ...(offer === undefined ? {} : { structure: offer }), routes, endpoints: this.#endpoints };
  }

  /**
   * The endpoints to deliver: the newest ones, and those of upstreams that only the delivered routes still use.
   *
   * Why: a route moves to another upstream only when the extension has answered; until then the old upstream must not
   * be empty ("endpoints before the routes that use them; removals after").
   */
  #refreshEndpoints(): void {
    const kept = new Map<UpstreamName, readonly Endpoint[]>();
    for (const routes of this.#bundle?.routes.values() ?? []) {
      for (const { upstream } of routes) {
        const old = this.#desired.endpoints.has(upstream) ? undefined : this.#endpoints.get(upstream);
        if (old !== undefined) kept.set(upstream, old);
      }
    }
    this.#endpoints = kept.size === 0 ? this.#desired.endpoints : new Map([...this.#desired.endpoints, ...kept]);
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
