/**
 * Services that share what is sent to one place.
 */
import { type UpstreamName, upstreamName } from "../model/names.ts";
import type { Served } from "./resolve.ts";

/** A named group of services. */
export interface Upstream {
  readonly name: UpstreamName;
  /** The oldest first; none twice at the same port. */
  readonly members: readonly Served[];
}

/** The upstream of some services. Two claims of one service may come to the same place with the same port: that is one member. */
export function upstreamOf(services: readonly Served[]): Upstream {
  const members = new Map<string, Served>();
  for (const served of services) if (!members.has(served.member)) members.set(served.member, served);
  return { name: upstreamName([...members.keys()]), members: [...members.values()] };
}
