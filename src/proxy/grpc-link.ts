/**
 * The {@link CoreLink} over gRPC.
 */
import { createClient, type Transport } from "@connectrpc/connect";
import { InterlockError, sentenceOf } from "../model/errors.ts";
import type { Place } from "../model/desired.ts";
import type { Outcome, Serving, Word } from "../model/offer.ts";
import { ProxyService } from "../rpc/gen/interlock/v1/proxy_pb.ts";
import { keptToWire } from "../rpc/memories.ts";
import { outcomeToWire, wordFromWire } from "../rpc/translate.ts";
import type { CoreLink, RecallWord } from "./link.ts";
import type { KeptMemories } from "./memories.ts";

/** Core says something every second; when it has said nothing for so long, the stream is given up. Endpoints are asked of DNS long before (`hearing.ts`). */
const silenceMs = 20_000;

/** A report is one small message. */
const reportTimeoutMs = 5_000;

/** Makes the link over a transport of `rpc/client.ts`. */
export function grpcLink(transport: Transport): CoreLink {
  const client = createClient(ProxyService, transport);

  async function* follow(serving: Serving, signal: AbortSignal): AsyncGenerator<Word | RecallWord, void, undefined> {
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(), silenceMs);
    try {
      const stream = client.followOffers({ ...serving }, { signal: AbortSignal.any([signal, silence.signal]) });
      for await (const message of stream) {
        timer.refresh();
        yield message.recall ? { recalled: message.recalled } : wordFromWire(message);
      }
    } catch (cause) {
      if (signal.aborted) return;
      throw unreachable(cause, silence.signal.aborted ? "core has been silent for too long" : sentenceOf(cause));
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    follow,
    report: async (outcome: Outcome, signal: AbortSignal): Promise<void> => {
      try {
        await client.reportOutcome(outcomeToWire(outcome), { signal, timeoutMs: reportTimeoutMs });
      } catch (cause) {
        throw unreachable(cause, sentenceOf(cause));
      }
    },
    reportUnreachable: async (places: readonly Place[], signal: AbortSignal): Promise<void> => {
      try {
        await client.reportUnreachable({ endpoints: [...places] }, { signal, timeoutMs: reportTimeoutMs });
      } catch (cause) {
        throw unreachable(cause, sentenceOf(cause));
      }
    },
    remind: async (memories: KeptMemories, signal: AbortSignal): Promise<void> => {
      try {
        await client.reportMemory({ memories: keptToWire(memories) }, { signal, timeoutMs: reportTimeoutMs });
      } catch (cause) {
        throw unreachable(cause, sentenceOf(cause));
      }
    },
  };
}

function unreachable(cause: unknown, message: string): InterlockError {
  return new InterlockError("CORE_UNREACHABLE", message, { cause });
}
