/**
 * Simulated proxies: they take every offer, say that they serve it, and serve nobody.
 */
import { toBinary } from "@bufbuild/protobuf";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Feedback } from "../../src/deliver/feedback.ts";
import { coreServices } from "../../src/deliver/services.ts";
import { parseServiceClusterName, unnamedCluster, wireRevision } from "../../src/model/names.ts";
import type { Caller } from "../../src/model/caller.ts";
import type { Serving } from "../../src/model/offer.ts";
import { FollowOffersResponseSchema } from "../../src/rpc/gen/interlock/v1/proxy_pb.ts";
import { serve, type RpcServer } from "../../src/rpc/server.ts";
import { wordToWire } from "../../src/rpc/translate.ts";
import { addressOf, type AgentsReport } from "./agents.ts";
import { clusterName, type Core } from "./core.ts";

/** Some proxies of the one cluster. */
export interface Proxies extends AsyncDisposable {
  readonly count: number;
  /** Offers taken, and their bytes on the wire, of all proxies. */
  readonly offers: number;
  readonly bytes: number;
  /** Resolves when so many offers have been taken. */
  until(offers: number): Promise<void>;
}

/** A change that leads to no offer would be waited for without end. */
const longestMs = 60_000;

/** Counts, and wakes who waits for a count. */
class Tally {
  offers = 0;
  bytes = 0;
  #waiting: { readonly offers: number; readonly resolve: () => void }[] = [];

  add(offers: number, bytes: number): void {
    this.offers += offers;
    this.bytes += bytes;
    for (const each of this.#waiting) if (this.offers >= each.offers) each.resolve();
    this.#waiting = this.#waiting.filter((each) => this.offers < each.offers);
  }

  async until(offers: number): Promise<void> {
    if (this.offers >= offers) return;
    await new Promise<void>((resolve, reject) => {
      const late = new Error(`waited ${longestMs / 1000} s for ${offers} offers, ${this.offers} came`);
      const timer = setTimeout(() => reject(late), longestMs);
      this.#waiting.push({
        offers,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      });
    });
  }
}

const nothing: Serving = { structure: wireRevision(""), revision: wireRevision("") };

/** Proxies as sessions in this process; offers are written as they would travel, and go nowhere. */
export async function sessions(core: Core, count: number): Promise<Proxies> {
  const tally = new Tally();
  const end = new AbortController();
  const page = await core.page();
  const serveOne = async (n: number): Promise<void> => {
    const caller = { task: `task-${n}`, node: `node${n}` };
    for await (const word of page.offers(caller, nothing, end.signal)) {
      const message = toBinary(FollowOffersResponseSchema, wordToWire(word));
      const { offer } = word;
      if (offer === undefined) continue;
      const { structure, revision } = page.bundle ?? nothing;
      page.reported(caller.task, {
        kind: "applied",
        sequence: offer.sequence,
        serving: { structure, revision },
        reloaded: false,
      });
      tally.add(1, message.length);
    }
  };
  const all = Promise.all(Array.from({ length: count }, async (_, n) => await serveOne(n)));
  return proxiesOf(tally, count, async () => {
    end.abort();
    await all;
  });
}

/** Core's own server on loopback, for proxies and perhaps an extension that have these addresses. */
export async function served(core: Core, proxies: readonly string[], extension?: string): Promise<RpcServer> {
  const cluster = parseServiceClusterName(clusterName) ?? unnamedCluster;
  const { ledger, callers, board, certifier, decider, log } = core;
  const guests = new Map<string, Caller>(
    proxies.map((address, n) => [address, { role: "proxy", cluster, task: `task-${n}`, node: `node${n}` }]),
  );
  if (extension !== undefined) guests.set(extension, { role: "extension", cluster, task: "extension", node: "node" });
  core.knows(guests);
  return await serve(
    "127.0.0.1",
    0,
    coreServices({
      ledger,
      callers,
      board,
      recall: decider.recall,
      secrets: certifier,
      approve: () => "",
      feedback: new Feedback(() => {}),
      log,
    }),
  );
}

/** Proxies as connections from another process. */
export async function connections(core: Core, count: number): Promise<Proxies> {
  const tally = new Tally();
  const server = await served(
    core,
    Array.from({ length: count }, (_, n) => addressOf(n)),
  );
  const child: ChildProcess = fork(join(import.meta.dirname, "agents.ts"), [String(server.port), String(count)], {
    execArgv: [],
  });
  child.on("message", ({ offers, bytes }: AgentsReport) => tally.add(offers, bytes));
  return proxiesOf(tally, count, async () => {
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.disconnect();
    await exited;
    await server.close();
  });
}

/** Has so many proxies come at the same moment, each for one whole offer that it does not read; until all have theirs. */
export async function takenBy(core: Core, count: number): Promise<void> {
  const server = await served(
    core,
    Array.from({ length: count }, (_, n) => addressOf(n)),
  );
  const child = fork(join(import.meta.dirname, "takers.ts"), [String(server.port), String(count)], { execArgv: [] });
  const [code] = await once(child, "exit");
  await server.close();
  if (code !== 0) throw new Error("not every proxy got its offer");
}

function proxiesOf(tally: Tally, count: number, end: () => Promise<void>): Proxies {
  return {
    count,
    get offers() {
      return tally.offers;
    },
    get bytes() {
      return tally.bytes;
    },
    until: async (offers) => await tally.until(offers),
    [Symbol.asyncDispose]: end,
  };
}
