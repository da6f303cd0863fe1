/**
 * Options in which services at one place differ.
 */
import { contextRootRewrite } from "../labels/context_root_rewrite.ts";
import { ipHash } from "../labels/ip_hash.ts";
import { redirects } from "../labels/redirects.ts";
import { sslBackend } from "../labels/ssl_backend.ts";
import { sslBackendTlsVerify } from "../labels/ssl_backend_tls_verify.ts";
import { sslOnly } from "../labels/ssl_only.ts";
import { stickySessionCookie } from "../labels/sticky_session_cookie.ts";
import type { Encounter } from "./meetings.ts";
import { type Manner, type Place, type Share, servingAt } from "./places.ts";
import type { Admission } from "./redirects.ts";

/** An option of the younger service that does not count at a place. */
export interface Difference {
  readonly place: Place;
  /** The label that says it, or the labels either of which may. */
  readonly label: string;
}

/** What a service asks for, by the label that says it. */
type Wishes = ReadonlyMap<string, unknown>;

/**
 * Every option that counts at a place and that a younger service asks for otherwise: the oldest of all says whether requests are let through, the oldest that
 * serves how the application is spoken to.
 */
export function differencesAt(place: Place): readonly Encounter<Difference>[] {
  return [
    ...compared(place, place.shares, (share) => admissionWishes(share.admission)),
    ...compared(place, servingAt(place), (share) => mannerWishes(share.manner)),
  ];
}

function compared<Kind extends Share>(
  place: Place,
  shares: readonly Kind[],
  wishesOf: (share: Kind) => Wishes,
): readonly Encounter<Difference>[] {
  const [first, ...others] = shares;
  if (first === undefined || others.length === 0) return [];
  const decided = wishesOf(first);
  return others
    .filter((other) => other.served.service !== first.served.service)
    .flatMap((other) =>
      [...wishesOf(other)]
        .filter(([label, wish]) => JSON.stringify(wish) !== JSON.stringify(decided.get(label)))
        .map(([label]): Encounter<Difference> => [other.served, first.served, { place, label }]),
    );
}

function admissionWishes({ httpsOnly, redirect }: Admission): Wishes {
  return new Map<string, unknown>([
    [sslOnly.label, httpsOnly],
    [redirects.label, redirect],
  ]);
}

function mannerWishes({ profile, strip, sticky }: Manner): Wishes {
  return new Map<string, unknown>([
    [`${sslBackend.label} or ${sslBackendTlsVerify.label}`, profile],
    [contextRootRewrite.label, strip],
    [`${stickySessionCookie.label} or ${ipHash.label}`, sticky],
  ]);
}
