/**
 * The secrets a claim names.
 */
import type { SecretRef } from "../model/desired.ts";
import { nearest } from "../model/nearest.ts";
import type { Problem } from "../model/problem.ts";
import type { Claim } from "../labels/claim.ts";
import type { Finding } from "../labels/family.ts";
import { quoted } from "../labels/quoted.ts";
import { problemOf } from "../labels/read.ts";
import { sslCert } from "../labels/ssl_cert.ts";
import { sslKey } from "../labels/ssl_key.ts";
import type { AskingService } from "./asking.ts";
import type { Ground } from "./surroundings.ts";

/** Where the certificate and the key of a service are. */
export interface Secrets {
  readonly certificate: SecretRef;
  readonly key: SecretRef;
}

/**
 * Looks the secrets of a claim up; without both of them there is no certificate, and a problem says which is not there.
 *
 * Source: reference §3 (`ssl_cert`, `ssl_key`), §9 ("skip TLS for that host and report").
 */
export function secretsFor(
  service: AskingService,
  claim: Claim,
  around: Ground,
): { readonly secrets?: Secrets; readonly problems: readonly Problem[] } {
  // Who passes TLS through has the certificate in the application.
  if (claim.certificate === undefined || claim.passthrough) return { problems: [] };
  const certificate = around.secretByName.get(claim.certificate.certificate);
  const key = around.secretByName.get(claim.certificate.key);
  if (certificate !== undefined && key !== undefined)
    return { secrets: { certificate: refOf(certificate), key: refOf(key) }, problems: [] };
  return {
    problems: [
      ...(certificate === undefined
        ? [problemOf(service.name, sslCert.label, unknown(claim.certificate.certificate, around))]
        : []),
      ...(key === undefined ? [problemOf(service.name, sslKey.label, unknown(claim.certificate.key, around))] : []),
    ],
  };
}

function refOf({ id, name }: SecretRef): SecretRef {
  return { id, name };
}

function unknown(wanted: string, around: Ground): Finding {
  return {
    code: "SECRET_UNKNOWN",
    sentence: `there is no secret ${quoted(wanted)} in this Swarm`,
    remedy: remedyFor(wanted, [...around.secretByName.keys()]),
  };
}

function remedyFor(wanted: string, known: readonly string[]): string {
  const prefixed = known.find((name) => name.endsWith(`_${wanted}`));
  if (prefixed !== undefined)
    return `Write ${quoted(prefixed)}: docker stack deploy puts the stack's name before the names of its secrets`;
  const meant = nearest(wanted, known);
  if (meant !== undefined) return `Write ${quoted(meant)} if that is what you mean`;
  return "Create it with docker secret create, or write the name of one there is, with the stack's name before it where a stack made it";
}
