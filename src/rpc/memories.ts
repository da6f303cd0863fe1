/**
 * What proxies keep for core, on the wire: JSON that the proxies do not read, and core reads as it reads what strangers wrote.
 */
import type { MessageInitShape } from "@bufbuild/protobuf";
import * as z from "zod";
import type { Memories, Memory } from "../model/memory.ts";
import type { KeptChange } from "../model/offer.ts";
import type {
  FollowOffersResponse,
  FollowOffersResponseSchema,
  Memory as MemoryMessage,
  MemorySchema,
} from "./gen/interlock/v1/proxy_pb.ts";

/** Memories as a proxy keeps them: JSON by id of the service. */
export type Kept = ReadonlyMap<string, string>;

/** Writes them. */
export function keptToWire(kept: Kept): MessageInitShape<typeof MemorySchema>[] {
  return [...kept].map(([service, json]) => ({ service, json }));
}

/** Reads them; of two with the same id the last counts. */
export function keptFromWire(messages: readonly MemoryMessage[]): Kept {
  return new Map(messages.map(({ service, json }) => [service, json]));
}

/** Writes the part of an offer that is about them. */
export function keptChangeToWire(
  change: KeptChange,
): Pick<MessageInitShape<typeof FollowOffersResponseSchema>, "memories" | "forgotten"> {
  return { memories: keptToWire(change.set), forgotten: [...change.removed] };
}

/** Reads it; `undefined` when it says nothing. */
export function keptChangeFromWire({
  memories,
  forgotten,
}: Pick<FollowOffersResponse, "memories" | "forgotten">): KeptChange | undefined {
  return memories.length + forgotten.length === 0 ? undefined : { set: keptFromWire(memories), removed: forgotten };
}

const memory = z.object({
  labels: z.record(z.string(), z.string()),
  network: z.string().optional(),
  ports: z.array(z.int().min(1).max(65_535)).optional(),
});

/**
 * The memories of the services that are needed, as far as they can be read; the others are as if they had never been kept.
 *
 * Why only those: hundreds of proxies may answer a core that starts, each with all it keeps where it does not know that less is asked for.
 */
export function memoriesIn(kept: Kept, needed: ReadonlySet<string>): Memories {
  const asked = [...kept].filter(([service]) => needed.has(service));
  return new Map(asked.flatMap(([service, json]) => memoryIn(json).map((one) => [service, one])));
}

function memoryIn(json: string): readonly Memory[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return [];
  }
  const { data } = memory.safeParse(value);
  if (data === undefined) return [];
  const { labels, network, ports } = data;
  return [{ labels, ...(network === undefined ? {} : { network }), ...(ports === undefined ? {} : { ports }) }];
}
