/**
 * One connected proxy, as the ledger's page of its cluster knows it.
 */
import type { Bundle } from "../model/bundle.ts";
import type { Memories } from "../model/memory.ts";
import type { Revision } from "../model/names.ts";
import { nothingOffered, type Offer, type Serving } from "../model/offer.ts";
import type { ProxyStatus } from "../model/status.ts";
import { keptBetween, type Sent } from "./diff.ts";
import type { Trial } from "./rollout.ts";

/** What is known of one connected proxy. */
export interface Session {
  readonly id: string;
  readonly task: string;
  readonly node: string;
  serving: Serving;
  /** What it has been sent, once a whole offer has been. */
  sent?: Sent;
  /** What it was last told to keep. */
  kept?: Memories;
  /** Number of the last offer. */
  sequence: number;
  refusal?: { readonly structure: Revision; readonly reason: string };
  trouble?: string;
}

/** The next offer of a session: what differs, and what differs of what it should keep; `undefined` when nothing does. */
export function told(session: Session, offer: Omit<Offer, "sequence"> | undefined, keep: Memories): Offer | undefined {
  const memories = keptBetween(session.kept, keep);
  if ((offer ?? memories) === undefined) return undefined;
  session.sequence += 1;
  session.kept = keep;
  return { sequence: session.sequence, ...(offer ?? nothingOffered), ...(memories === undefined ? {} : { memories }) };
}

/** A structure refused where it was tried first is held back from the others: they are shown as refused for the same reason. */
export function proxyStatus(session: Session, bundle: Bundle | undefined, trial: Trial): ProxyStatus {
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

/** Orders proxies by task. */
export function byTask(a: ProxyStatus, b: ProxyStatus): number {
  return a.task < b.task ? -1 : 1;
}
