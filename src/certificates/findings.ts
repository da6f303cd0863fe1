/**
 * What is wrong with the certificate of a host, in words for its owner: never a byte of a secret, only its name. Pure.
 */
import type { WantedCertificate } from "../model/desired.ts";
import { severityOf, type Problem, type ProblemCode } from "../model/problem.ts";
import type { BadPair, GoodPair } from "./pair.ts";

const certificateLabel = "com.docker.lb.ssl_cert";
const keyLabel = "com.docker.lb.ssl_key";

const dayMs = 86_400_000;

/** How long before its end a certificate is worth a word. */
const soonDays = 14;

/** The problem of a pair that cannot be used. `keepsPrevious`: the host goes on with the certificate it had. */
export function unusable(wanted: WantedCertificate, { fault, reason }: BadPair, keepsPrevious: boolean): Problem {
  const [certificate, key] = [`the secret "${wanted.certificate.name}"`, `the secret "${wanted.key.name}"`];
  const of = (code: ProblemCode, label: string, sentence: string, remedy: string): Problem => ({
    ...problem(wanted, code, label, sentence, remedy),
    keepsPrevious,
  });
  const unreadable = (label: string, sentence: string, remedy: string): Problem =>
    of("CERTIFICATE_UNREADABLE", label, sentence, `${remedy}, in a new secret, and name that in the label`);
  switch (fault) {
    case "no certificate":
      return unreadable(
        certificateLabel,
        `${certificate} holds no PEM certificate`,
        "Store the certificate and its chain as PEM",
      );
    case "certificate damaged":
      return unreadable(
        certificateLabel,
        `${certificate} holds a certificate that cannot be read`,
        "Store the whole certificate and its chain as PEM",
      );
    case "no key":
      return unreadable(keyLabel, `${key} holds no PEM private key`, "Store the private key as PEM");
    case "key damaged":
      return unreadable(
        keyLabel,
        `${key} holds a private key that cannot be read`,
        "Store the whole private key as PEM",
      );
    case "key encrypted":
      return unreadable(
        keyLabel,
        `the private key in ${key} is protected by a password`,
        "Store it without one ('openssl pkey -in FILE' writes it so)",
      );
    case "refused":
      return unreadable(
        certificateLabel,
        `TLS cannot be served with ${certificate}: ${reason ?? ""}`,
        "Have a certificate made with a key of at least 2048 bits and SHA-256",
      );
    case "swapped":
      return of(
        "CERTIFICATE_UNREADABLE",
        certificateLabel,
        `${certificate} holds no certificate, and ${key} holds one`,
        `Swap the values of ${certificateLabel} and ${keyLabel}`,
      );
    case "mismatch":
      return of(
        "CERTIFICATE_KEY_MISMATCH",
        keyLabel,
        `the private key in ${key} does not belong to the certificate in ${certificate}`,
        "Name the secrets of one certificate and its own key",
      );
  }
}

/** What is worth a word about a certificate that is served. */
export function findingsOf(wanted: WantedCertificate, pair: GoodPair, nowMs: number): readonly Problem[] {
  const found: Problem[] = [];
  const name = `the certificate in the secret "${wanted.certificate.name}"`;
  const renew = `Renew it: store the new one in a new secret and name that in ${certificateLabel}; nothing restarts`;
  const add = (code: ProblemCode, sentence: string, remedy: string): void => {
    found.push(problem(wanted, code, certificateLabel, sentence, remedy));
  };
  if (nowMs >= pair.validToMs)
    add("CERTIFICATE_EXPIRED", `${name} ended on ${dayOf(pair.validToMs)}, and clients refuse it`, renew);
  else if (nowMs < pair.validFromMs)
    add(
      "CERTIFICATE_EXPIRED",
      `${name} is not valid before ${dayOf(pair.validFromMs)}, and clients refuse it until then`,
      "Name a secret with a certificate that is valid now, or wait",
    );
  else if (pair.validToMs - nowMs < soonDays * dayMs)
    add("CERTIFICATE_EXPIRES_SOON", `${name} ends on ${dayOf(pair.validToMs)}`, renew);
  if (wanted.host !== "*" && !pair.covers(wanted.host)) {
    add(
      "CERTIFICATE_OTHER_HOST",
      `${name} is not for ${wanted.host}`,
      `Name a secret with a certificate for ${wanted.host}`,
    );
  }
  return found;
}

function problem(
  wanted: WantedCertificate,
  code: ProblemCode,
  label: string,
  sentence: string,
  remedy: string,
): Problem {
  return { code, severity: severityOf(code), service: wanted.service, label, sentence, remedy, keepsPrevious: false };
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
