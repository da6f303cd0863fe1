/**
 * Which certificates to deliver while structures are on their way.
 */
import type { CertificateTable, WantedCertificate } from "../model/desired.ts";

/** Nothing but that these hosts should keep what they have: what core knows before it has any certificate. */
export function allKept(wanted: readonly WantedCertificate[]): CertificateTable {
  return new Map(wanted.map(({ host }) => [host, "kept"]));
}

/**
 * The certificates to offer: those of the newest decision, and, until the newest structure is rendered (`settled`), also those that were
 * offered before. Why: a host gives up its certificate when its routes are gone, or its TLS is passed through, and not before.
 */
export function certificatesFor(
  decided: CertificateTable,
  offered: CertificateTable,
  settled: boolean,
): CertificateTable {
  return settled ? decided : new Map([...offered, ...decided]);
}
