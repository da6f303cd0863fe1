/**
 * The certificates a cluster wants and what is in its secrets → what its proxies are offered, and what is wrong. Pure.
 */
import type { Certificate, CertificateTable, WantedCertificate } from "../model/desired.ts";
import type { HostName } from "../model/names.ts";
import type { Problem } from "../model/problem.ts";
import type { CertificateStatus } from "../model/status.ts";
import { findingsOf, unusable } from "./findings.ts";
import { pairOf, type GoodPair, type Pair } from "./pair.ts";
import type { SecretParts } from "./secret.ts";

/** What served a host last, and the name of the secret it came from. */
export interface LastGoodPair {
  readonly pair: GoodPair;
  readonly secret: string;
}

/** The pairs that served, by host; kept from one call to the next. */
export type LastGoodPairs = ReadonlyMap<HostName | "*", LastGoodPair>;

/** What {@link certify} finds. */
export interface Certified {
  readonly table: CertificateTable;
  readonly problems: readonly Problem[];
  readonly statuses: readonly CertificateStatus[];
  /** To be given to the next call. Hosts that want no certificate any more are not in it. */
  readonly lastGood: LastGoodPairs;
  /** Those whose secrets core has not got yet. */
  readonly missing: readonly WantedCertificate[];
}

/**
 * Decides about every host that wants a certificate.
 *
 * Shape: `secrets` by id. A host whose secrets are missing or no good is offered what served it last; core may not know that (it is new), and
 * then the proxies keep what they have.
 */
export function certify(
  wanted: readonly WantedCertificate[],
  secrets: ReadonlyMap<string, SecretParts>,
  lastGood: LastGoodPairs,
  nowMs: number,
): Certified {
  const table = new Map<HostName | "*", Certificate | "kept">();
  const good = new Map<HostName | "*", LastGoodPair>();
  const problems: Problem[] = [];
  const statuses: CertificateStatus[] = [];
  const missing: WantedCertificate[] = [];
  for (const one of wanted) {
    const pair = pairFor(one, secrets);
    if (pair === undefined) missing.push(one);
    else if (pair.kind === "bad") problems.push(unusable(one, pair, lastGood.has(one.host)));
    else problems.push(...findingsOf(one, pair, nowMs));
    const served = pair?.kind === "good" ? { pair, secret: one.certificate.name } : lastGood.get(one.host);
    if (served !== undefined) good.set(one.host, served);
    table.set(one.host, served?.pair.served ?? "kept");
    statuses.push(statusOf(one, pair, served));
  }
  return { table, problems, statuses, lastGood: good, missing };
}

/** `undefined`: core has not got both secrets. */
function pairFor({ certificate, key }: WantedCertificate, secrets: ReadonlyMap<string, SecretParts>): Pair | undefined {
  const [certificateParts, keyParts] = [secrets.get(certificate.id), secrets.get(key.id)];
  return certificateParts === undefined || keyParts === undefined ? undefined : pairOf(certificateParts, keyParts);
}

function statusOf(
  wanted: WantedCertificate,
  pair: Pair | undefined,
  served: LastGoodPair | undefined,
): CertificateStatus {
  return {
    host: wanted.host,
    secret: wanted.certificate.name,
    state: pair === undefined ? "awaited" : pair.kind === "good" ? "served" : "unusable",
    ...(served === undefined
      ? {}
      : {
          shown: {
            secret: served.secret,
            expires: new Date(served.pair.validToMs).toISOString(),
            fingerprint: served.pair.fingerprint,
          },
        }),
  };
}
