/**
 * Which certificate the proxies show for which host.
 */
import type { WantedCertificate } from "../model/desired.ts";
import type { Problem } from "../model/problem.ts";
import { quoted, quotedList } from "../labels/quoted.ts";
import { sslCert } from "../labels/ssl_cert.ts";
import { sslKey } from "../labels/ssl_key.ts";
import { sslOnly } from "../labels/ssl_only.ts";
import { problemAt } from "./found-at.ts";
import { type Encounter, type Meeting, meetingsOf } from "./meetings.ts";
import { byText } from "../model/order.ts";
import type { Part } from "./parts.ts";
import type { Secrets } from "./secrets.ts";
import { type TlsPart, hostsText } from "./tls.ts";

/**
 * The certificate of each host that has one: that of the oldest service which brings one, whatever paths of the host it has.
 *
 * Shape: sorted by host; `parts` with the older service first. `certified` says that there is one for all other hosts, beside those of these parts.
 * Source: reference §3 ("precedence on a shared host"), §4.13.
 */
export function certificatesOf(
  parts: readonly TlsPart[],
  certified: boolean,
): {
  readonly certificates: readonly WantedCertificate[];
  readonly problems: readonly Problem[];
} {
  const first = new Map<Part["host"], { readonly part: TlsPart; readonly secrets: Secrets }>();
  const differing: Encounter<Part["host"]>[] = [];
  for (const part of parts) {
    if (part.tls === undefined || part.tls === "passthrough") continue;
    const older = first.get(part.host);
    if (older === undefined) first.set(part.host, { part, secrets: part.tls });
    else if (!same(older.secrets, part.tls)) differing.push([part.served, older.part.served, part.host]);
  }
  return {
    certificates: [...first]
      .toSorted(([a], [b]) => byText(a, b))
      .map(([host, { part, secrets }]) => ({ host, service: part.served.service.name, ...secrets })),
    problems: [...meetingsOf(differing).map(differs), ...(certified || first.has("*") ? [] : deadEnds(parts, first))],
  };
}

/**
 * Tells services that want HTTPS only of hosts for which nobody has a certificate: their requests are sent to where no handshake succeeds. They are not served
 * in clear text instead, which is what their owner does not want.
 */
function deadEnds(parts: readonly TlsPart[], certificates: ReadonlyMap<Part["host"], unknown>): readonly Problem[] {
  // A certificate that was asked for and is not there has been told already.
  const passed = new Set(parts.filter((part) => part.tls === "passthrough").map((part) => part.host));
  const dead = parts.filter(
    ({ served: { claim }, host }) =>
      claim.httpsOnly &&
      !claim.passthrough &&
      claim.certificate === undefined &&
      !certificates.has(host) &&
      !passed.has(host),
  );
  return [...Map.groupBy(dead, (part) => part.served)].map(([served, group]) =>
    problemAt(served, sslOnly.label, {
      code: "LABEL_CERTIFICATE_INCOMPLETE",
      sentence: `requests for ${hostsText(group.map((part) => part.host))} are redirected to HTTPS, for which nobody has a certificate`,
      remedy: `Add ${sslCert.label} and ${sslKey.label}, or remove ${sslOnly.label}; nothing, if a load balancer in front ends TLS and says so in X-Forwarded-Proto`,
    }),
  );
}

function same(one: Secrets, other: Secrets): boolean {
  return one.certificate.id === other.certificate.id && one.key.id === other.key.id;
}

function differs({ younger, older, items }: Meeting<Part["host"]>): Problem {
  return problemAt(younger, sslCert.label, {
    code: "CERTIFICATE_DIFFERS",
    sentence: `for ${hostsText(items)} the proxies show the certificate of the older service ${quoted(older.service.name)}, which is another one`,
    remedy: `Name the same secrets in both services (the older one has ${quotedList(namesOf(older.claim.certificate))}), or no secret in this one`,
  });
}

function namesOf(secrets: { readonly certificate: string; readonly key: string } | undefined): readonly string[] {
  return secrets === undefined ? [] : [secrets.certificate, secrets.key];
}
