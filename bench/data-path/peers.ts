/**
 * Who is measured.
 */
import { caddy } from "./caddy.ts";
import { haproxy } from "./haproxy.ts";
import { handWritten, withOurHeaders } from "./image-nginx.ts";
import { ours } from "./ours.ts";
import type { Peer } from "./site.ts";
import { traefik } from "./traefik.ts";

const usual: readonly Peer[] = [ours, handWritten, haproxy, caddy, traefik];
const all: readonly Peer[] = [...usual, withOurHeaders];

/** Who can run, and why others cannot. */
export interface Found {
  readonly peers: readonly Peer[];
  /** Each a sentence. */
  readonly skipped: readonly string[];
}

/** Prepares those of the given names (the usual ones when left out); Interlock is always among them. Fails for a name that nobody has. */
export async function peersNamed(names: readonly string[] | undefined, say: (line: string) => void): Promise<Found> {
  const unknown = (names ?? []).filter((name) => !all.some((peer) => peer.name === name));
  if (unknown.length > 0)
    throw new Error(`no such peer: ${unknown.join(", ")}; there are ${all.map(({ name }) => name).join(", ")}`);
  const peers: Peer[] = [];
  const skipped: string[] = [];
  for (const peer of all) {
    if (peer !== ours && !(names?.includes(peer.name) ?? usual.includes(peer))) continue;
    const why = await peer.prepare();
    if (why === false) peers.push(peer);
    else {
      skipped.push(`${peer.title} is not here: ${why}`);
      say(`${peer.title} is skipped: ${why.slice(0, 400)}`);
    }
  }
  return { peers, skipped };
}
