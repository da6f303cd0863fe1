/**
 * A core that says what a test wants it to say, over real gRPC.
 */
import assert from "node:assert/strict";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { setTimeout as sleep } from "node:timers/promises";
import type { Place } from "../../src/model/desired.ts";
import { nothingOffered, type Offer, type Outcome, type Serving } from "../../src/model/offer.ts";
import { FollowOffersResponseSchema, ProxyService } from "../../src/rpc/gen/interlock/v1/proxy_pb.ts";
import { keptFromWire, type Kept } from "../../src/rpc/memories.ts";
import { serve, type RpcServer } from "../../src/rpc/server.ts";
import { outcomeFromWire, servingFromWire, wordToWire } from "../../src/rpc/translate.ts";
import { Bell } from "../../src/runtime/bell.ts";

/** Offers as tests write them. */
export type OfferSketch = Partial<Omit<Offer, "sequence">>;

/** Listens while it is open; keeps what agents said. */
export class TestCore implements AsyncDisposable {
  readonly port: number;
  readonly outcomes: Outcome[] = [];
  /** What agents could not reach, report by report. */
  readonly unreachable: (readonly Place[])[] = [];
  /** What agents gave back that was asked for it. */
  readonly reminders: Kept[] = [];
  /** What each stream said it serves, oldest first. */
  readonly followers: Serving[] = [];
  /** True: every message says that core does not see the Swarm. */
  blind = false;
  /** False: no heartbeats; the streams stand. */
  beats = true;
  /** What the next stream is given first. */
  first: OfferSketch = {};
  /** True: the next stream is given nothing of itself. */
  silent = false;
  #server: RpcServer | undefined;
  #pending: (OfferSketch | { readonly recalled: readonly string[] })[] = [];
  readonly #bell = new Bell();
  #streams = 0;

  private constructor(port: number) {
    this.port = port;
  }

  /** Makes a core that does not listen yet. */
  static at(port: number): TestCore {
    return new TestCore(port);
  }

  /** Begins to listen. */
  async open(): Promise<void> {
    this.#server = await serve("127.0.0.1", this.port, (router) => {
      router.service(ProxyService, {
        followOffers: (request, context) => this.#follow(servingFromWire(request), context.signal),
        reportOutcome: (request) => {
          this.outcomes.push(outcomeFromWire(request));
          return {};
        },
        reportUnreachable: ({ endpoints }) => {
          this.unreachable.push(endpoints.map(({ address, port }) => ({ address, port })));
          return {};
        },
        reportMemory: (request) => {
          this.reminders.push(keptFromWire(request.memories));
          return {};
        },
      });
    });
  }

  /** Goes away without a word. */
  async close(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  /** Sends a heartbeat on the open stream. */
  beat(): void {
    this.#bell.ring();
  }

  /** Sends an offer on the open stream. */
  offer(sketch: OfferSketch): void {
    this.#pending.push(sketch);
    this.#bell.ring();
  }

  /** Asks on the open stream for what is kept of some services; of all, as an earlier core does, where none is named. */
  recall(...recalled: readonly string[]): void {
    this.#pending.push({ recalled });
    this.#bell.ring();
  }

  /** Waits for the next outcome after those seen before. */
  async outcome(after: number = this.outcomes.length, mostMs = 15_000): Promise<Outcome> {
    for (let waitedMs = 0; waitedMs < mostMs; waitedMs += 5) {
      const outcome = this.outcomes[after];
      if (outcome !== undefined) return outcome;
      await sleep(5);
    }
    assert.fail("the agent reported nothing");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async *#follow(
    serving: Serving,
    signal: AbortSignal,
  ): AsyncGenerator<MessageInitShape<typeof FollowOffersResponseSchema>> {
    using bell = this.#bell.listen();
    this.followers.push(serving);
    const stream = ++this.#streams;
    this.#pending = this.silent ? [] : [{ whole: true, ...this.first }];
    let sequence = 0;
    while (!signal.aborted && stream === this.#streams) {
      for (const each of this.#pending.splice(0)) {
        if ("recalled" in each) yield { recall: true, recalled: [...each.recalled] };
        else yield wordToWire({ blind: this.blind, offer: filled(each, ++sequence) });
      }
      await bell.wait(1_000, signal);
      if (this.beats) yield wordToWire({ blind: this.blind });
    }
  }
}

function filled(sketch: OfferSketch, sequence: number): Offer {
  return { sequence, ...nothingOffered, ...sketch };
}
