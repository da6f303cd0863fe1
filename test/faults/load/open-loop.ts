/**
 * The open loop: requests start by the clock, whatever became of the earlier ones.
 */
import { randomBytes } from "node:crypto";
import { type Ask, faultOf, type Reply, wrongWith } from "./ask.ts";
import { Keepers, overHttp1 } from "./http1.ts";
import { Refused, Sessions } from "./http2.ts";
import type { Door, Kind, Plan, Target } from "./plan.ts";
import type { Tally } from "./tally.ts";

/** Twenty requests in the order they are sent. */
const pattern: readonly Kind[] = [
  ...(["getKept", "get", "postKept", "h2Get", "getKept"] as const),
  ...(["post", "getKept", "get", "h2Get", "getKept"] as const),
  ...(["postKept", "get", "wait", "h2Post", "getKept"] as const),
  ...(["post", "get", "h2Get", "getKept", "postKept"] as const),
];
const keepersPerDoor = 16;
/** Every so many requests over HTTP/2 a new connection is made. */
const freshEvery = 10;
const tickMs = 5;

/** Sends until stopped or until the plan's limit. */
export class OpenLoop {
  readonly #plan: Plan;
  readonly #tally: Tally;
  readonly #keepers = new Keepers(keepersPerDoor);
  readonly #sessions: Sessions;
  readonly #under = new Set<Promise<void>>();
  readonly #turns = new Map<Kind, number>();
  readonly #timer: NodeJS.Timeout;
  readonly #began = performance.now();
  #count = 0;

  constructor(plan: Plan, tally: Tally) {
    this.#plan = plan;
    this.#tally = tally;
    this.#sessions = new Sessions(plan.ca);
    this.#timer = setInterval(() => this.#tick(), tickMs);
  }

  /** Sends no more, waits for what is under way, closes the connections. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#under);
    this.#keepers.close();
    this.#sessions.close();
  }

  #tick(): void {
    const elapsed = performance.now() - this.#began;
    if (elapsed > this.#plan.limitMs) clearInterval(this.#timer);
    const due = Math.floor((elapsed * this.#plan.ratePerS) / 1_000);
    while (this.#count < due) {
      const kind = pattern[this.#count % pattern.length] ?? "get";
      this.#count += 1;
      const one = this.#one(kind);
      this.#under.add(one);
      void one.finally(() => this.#under.delete(one));
    }
  }

  /** The door and the application whose turn it is for a kind: every pair comes equally often. */
  #turn(kind: Kind): { readonly door: Door; readonly target: Target; readonly turn: number } | undefined {
    const { doors, targets } = this.#plan;
    const able = kind.startsWith("h2") ? targets.filter(({ tls }) => tls) : targets;
    const turn = this.#turns.get(kind) ?? 0;
    this.#turns.set(kind, turn + 1);
    const door = doors[turn % doors.length];
    const target = able[Math.floor(turn / doors.length) % able.length];
    return door === undefined || target === undefined ? undefined : { door, target, turn };
  }

  async #one(kind: Kind): Promise<void> {
    const chosen = this.#turn(kind);
    if (chosen === undefined) return;
    const { door, target, turn } = chosen;
    const posts = kind === "post" || kind === "postKept" || kind === "h2Post";
    const ask: Ask = {
      door,
      target,
      path: posts ? "/echo" : kind === "wait" ? "/slow?ms=500" : "/ping",
      id: `${this.#plan.run}-${kind}-${turn}`,
      ...(posts ? { body: randomBytes(300).toString("base64") } : {}),
    };
    const began = Date.now();
    const start = performance.now();
    this.#tally.sent(kind);
    const wrong = await this.#carry(kind, ask, turn).then(
      (reply) => wrongWith(ask, reply),
      (error: unknown) => faultOf(error),
    );
    if (wrong === undefined) this.#tally.succeeded(kind, kind === "wait" ? undefined : performance.now() - start);
    else {
      const port = kind.startsWith("h2") ? door.tlsPort : door.port;
      this.#tally.wentWrong({
        kind,
        ...wrong,
        began,
        ended: Date.now(),
        door: `${door.address}:${port}`,
        host: target.host,
      });
    }
  }

  async #carry(kind: Kind, ask: Ask, turn: number): Promise<Reply> {
    if (!kind.startsWith("h2"))
      return await overHttp1(ask, kind.endsWith("Kept") ? this.#keepers.next(ask.door) : undefined);
    try {
      return await this.#sessions.ask(ask, turn % freshEvery === 0);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#tally.sentAgain += 1;
      return await this.#sessions.ask(ask, true);
    }
  }
}
