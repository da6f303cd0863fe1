/**
 * Who has the TLS of which host.
 */
import type { Problem } from "../model/problem.ts";
import { quoted, quotedList } from "../labels/quoted.ts";
import { sslCert } from "../labels/ssl_cert.ts";
import { sslPassthrough } from "../labels/ssl_passthrough.ts";
import { problemAt } from "./found-at.ts";
import { type Encounter, type Meeting, meetingsOf } from "./meetings.ts";
import type { Part } from "./parts.ts";
import type { Secrets } from "./secrets.ts";

/** A service at one of its hosts, and what becomes of that host's TLS for it. */
export interface TlsPart extends Part {
  /** `passthrough`: handed to it unread · a certificate: ended here with it · absent: it has nothing to do with TLS there. */
  readonly tls?: "passthrough" | Secrets;
}

/**
 * Gives the TLS of each host one way, that of the oldest service which asks for it: by passing it through, or by a certificate.
 *
 * Shape: `parts` and the answer are in the order of {@link Part}s, the older service first.
 * Why: a connection cannot go both ways, and a stable answer is worth more than a fair one. Who asks the other way is told: a service that passes TLS through
 * has then no part in that host; one with a certificate is served there over plain HTTP only. A service without a certificate asks for no TLS, so that it and one
 * that passes TLS through may share a host: that is how an application that owns its TLS gets somebody for its plain requests.
 * Source: reference §6.2 (14: one entry for each name), §7 rows 20 and 21.
 */
export function settleTls(parts: readonly Part[]): {
  readonly parts: readonly TlsPart[];
  readonly problems: readonly Problem[];
} {
  const first = new Map<Part["host"], Part>();
  const settled: TlsPart[] = [];
  const turnedDown: Encounter<Part["host"]>[] = [];
  for (const part of parts) {
    const { served, host } = part;
    const asks = served.claim.passthrough ? "passthrough" : served.secrets;
    const older = asks === undefined ? undefined : first.get(host);
    if (asks !== undefined && older === undefined) first.set(host, part);
    if (older === undefined || older.served.claim.passthrough === served.claim.passthrough)
      settled.push(asks === undefined ? part : { ...part, tls: asks });
    else {
      turnedDown.push([served, older.served, host]);
      if (!served.claim.passthrough) settled.push(part);
    }
  }
  return { parts: settled, problems: meetingsOf(turnedDown).map(hostTaken) };
}

function hostTaken({ younger, older, items }: Meeting<Part["host"]>): Problem {
  const hosts = hostsText(items);
  const name = quoted(older.service.name);
  if (younger.claim.passthrough)
    return problemAt(younger, sslPassthrough.label, {
      code: "HOST_TAKEN",
      sentence: `TLS connections for ${hosts} end at the proxies with the certificate of the older service ${name}, so they are not passed to this one`,
      remedy: "Remove the host from one of the two services, or let both have their TLS the same way",
    });
  return problemAt(younger, sslCert.label, {
    code: "HOST_TAKEN",
    sentence: `TLS connections for ${hosts} are passed to the older service ${name} unread, so this one is served there over plain HTTP only`,
    remedy: "Remove the host from one of the two services, or let both have their TLS the same way",
  });
}

/** Hosts in a sentence; `"*"` is every other one. */
export function hostsText(hosts: readonly Part["host"][]): string {
  const named = hosts.filter((host) => host !== "*").toSorted();
  const others = named.length === hosts.length ? [] : ["every other host"];
  return [...(named.length === 0 ? [] : [quotedList(named, 3)]), ...others].join(" and ");
}
