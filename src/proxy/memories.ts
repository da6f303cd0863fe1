/**
 * What a proxy keeps for core: never read here, never given to nginx.
 */
import type { Offer } from "../model/offer.ts";

/** Texts by id of the service, as core wrote them. Replaced, never edited. */
export type KeptMemories = ReadonlyMap<string, string>;

/** Where they are while the agent lives. */
export interface MemoryShelf {
  memories: KeptMemories;
}

/** What is kept after an offer; the same object when the offer says nothing about it. */
export function afterOffer(kept: KeptMemories, { whole, memories }: Offer): KeptMemories {
  if (memories === undefined) return whole && kept.size > 0 ? new Map() : kept;
  const next = new Map(whole ? [] : kept);
  for (const service of memories.removed) next.delete(service);
  for (const [service, text] of memories.set) next.set(service, text);
  return next;
}

/** What is kept of some services; of all, where none is named. */
export function memoriesOf(kept: KeptMemories, services: readonly string[]): KeptMemories {
  if (services.length === 0) return kept;
  return new Map(
    services.flatMap((service) => {
      const text = kept.get(service);
      return text === undefined ? [] : [[service, text] as const];
    }),
  );
}
