/**
 * A certificate and its key together: whether a proxy could serve TLS with them.
 */
import type { KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { Certificate } from "../model/desired.ts";
import { sentenceOf } from "../model/errors.ts";
import type { SecretParts } from "./secret.ts";

/** What became of two secrets. */
export type Pair = GoodPair | BadPair;

/** TLS can be served with these. */
export interface GoodPair {
  readonly kind: "good";
  /** Written anew from what was read, so that nothing else of a secret leaves. */
  readonly served: Certificate;
  readonly validFromMs: number;
  readonly validToMs: number;
  /** SHA-256 of the certificate, as `openssl x509 -fingerprint -sha256` prints it. */
  readonly fingerprint: string;
  /** True when the certificate is for this host name. */
  readonly covers: (host: string) => boolean;
}

/** TLS cannot be served with these. */
export interface BadPair {
  readonly kind: "bad";
  readonly fault:
    | "no certificate"
    | "no key"
    | "swapped"
    | "certificate damaged"
    | "key damaged"
    | "key encrypted"
    | "mismatch"
    | "refused";
  /** Why, for `refused`. */
  readonly reason?: string;
}

/** The last moment a date can name. Source: ECMAScript, Time Values and Time Range. */
const endOfTimeMs = 8.64e15;

const known = new WeakMap<SecretParts, WeakMap<SecretParts, Pair>>();

/**
 * Puts a certificate and a key together. Two secrets are put together once: the same parts give the same pair, for as long as somebody
 * holds on to them.
 *
 * Shape: both may be the same secret. Of several certificates the one the key belongs to is the host's own, wherever it stands.
 */
export function pairOf(certificate: SecretParts, key: SecretParts): Pair {
  const before = known.get(certificate)?.get(key);
  if (before !== undefined) return before;
  const pair = madeOf(certificate, key);
  const ofCertificate = known.get(certificate) ?? new WeakMap<SecretParts, Pair>();
  ofCertificate.set(key, pair);
  known.set(certificate, ofCertificate);
  return pair;
}

function madeOf(certificate: SecretParts, key: SecretParts): Pair {
  if (certificate.certificates.length === 0 && key.certificates.length > 0 && key.key === undefined) {
    return { kind: "bad", fault: "swapped" };
  }
  if (certificate.fault === "certificate damaged") return { kind: "bad", fault: certificate.fault };
  if (certificate.certificates.length === 0) return { kind: "bad", fault: "no certificate" };
  if (key.key === undefined) {
    return {
      kind: "bad",
      fault: key.fault === undefined || key.fault === "certificate damaged" ? "no key" : key.fault,
    };
  }
  return joined(certificate.certificates, key.key);
}

function joined(certificates: readonly X509Certificate[], key: KeyObject): Pair {
  const own = certificates.find((one) => one.checkPrivateKey(key));
  if (own === undefined) return { kind: "bad", fault: "mismatch" };
  const chain = [own, ...certificates.filter((one) => one !== own)];
  const served: Certificate = {
    certificatePem: chain.map(String).join(""),
    keyPem: String(key.export({ type: "pkcs8", format: "pem" })),
  };
  const reason = weaknessOf(chain) ?? refusalOf(served);
  if (reason !== undefined) return { kind: "bad", fault: "refused", reason };
  return {
    kind: "good",
    served,
    validFromMs: timeOf(own.validFromDate, 0),
    validToMs: timeOf(own.validToDate, endOfTimeMs),
    fingerprint: own.fingerprint256,
    covers: coverageOf(own),
  };
}

/** Debian's OpenSSL, the one nginx has, refuses these; Node's does not. Signatures of what vouches for itself count for nothing. */
function weaknessOf(chain: readonly X509Certificate[]): string | undefined {
  const weak = chain.find((one) => /md5|sha-?1(?!\d)/i.test(one.signatureAlgorithm ?? "") && !one.checkIssued(one));
  return weak === undefined ? undefined : `it is signed with ${weak.signatureAlgorithm}`;
}

/** Why OpenSSL would not serve with it, in its words, e.g. that the key is too short. */
function refusalOf({ certificatePem, keyPem }: Certificate): string | undefined {
  try {
    createSecureContext({ cert: certificatePem, key: keyPem });
    return undefined;
  } catch (error) {
    // error:0A00018F:SSL routines::ee key too small
    return sentenceOf(error).split(":").at(-1) ?? "";
  }
}

/** A date that Node cannot read says nothing. */
function timeOf(date: Date, otherwise: number): number {
  const ms = date.getTime();
  return Number.isNaN(ms) ? otherwise : ms;
}

/** Remembers its answers: the same hosts are asked for at every look. */
function coverageOf(certificate: X509Certificate): (host: string) => boolean {
  const answers = new Map<string, boolean>();
  return (host) => {
    const answer = answers.get(host) ?? certificate.checkHost(host) !== undefined;
    answers.set(host, answer);
    return answer;
  };
}
