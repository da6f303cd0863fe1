/**
 * Certificates made while a test runs, byte by byte, so that no test needs a tool. Nothing else imports this.
 * Source: RFC 5280 §4.1; X.690 for the encoding.
 */
import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";

/** A key of its own for each call. */
export function keyOf(bits?: number): KeyObject {
  if (bits === undefined) return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  return generateKeyPairSync("rsa", { modulusLength: bits }).privateKey;
}

/** What a test may say about a certificate. */
export interface CertificateSketch {
  readonly hosts?: readonly string[];
  readonly key: KeyObject;
  readonly from?: string;
  readonly to?: string;
  /** The key it is signed with; absent: its own. */
  readonly signedBy?: KeyObject;
  readonly hash?: "sha256" | "sha1";
}

/** A certificate as PEM. */
export function certificateOf(sketch: CertificateSketch): string {
  const { hosts = ["app.example"], key, signedBy = key, hash = "sha256" } = sketch;
  const algorithm = algorithmOf(signedBy, hash);
  const name = (text: string): Buffer =>
    sequence(der(0x31, sequence(objectId("2.5.4.3"), der(0x0c, Buffer.from(text)))));
  const alternatives = sequence(...hosts.map((host) => der(0x82, Buffer.from(host))));
  const content = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1)),
    algorithm,
    name(signedBy === key ? (hosts[0] ?? "") : "issuer"),
    sequence(time(sketch.from ?? "2020-01-01T00:00:00Z"), time(sketch.to ?? "2040-01-01T00:00:00Z")),
    name(hosts[0] ?? ""),
    publicPart(key),
    der(0xa3, sequence(sequence(objectId("2.5.29.17"), der(0x04, alternatives)))),
  );
  const signature = Buffer.concat([Buffer.of(0), sign(hash, content, signedBy)]);
  const bytes = sequence(content, algorithm, der(0x03, signature));
  return pem("CERTIFICATE", bytes);
}

/** A key as PEM, behind a password when there is one. */
export function keyPem(key: KeyObject, password?: string): string {
  const protection = password === undefined ? {} : { cipher: "aes-256-cbc", passphrase: password };
  return String(key.export({ type: "pkcs8", format: "pem", ...protection }));
}

/** A PEM block. */
export function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

function publicPart(key: KeyObject): Buffer {
  // Node makes the public key of a private one only on the way through its PEM.
  return createPublicKey(keyPem(key)).export({ type: "spki", format: "der" });
}

function algorithmOf(key: KeyObject, hash: "sha256" | "sha1"): Buffer {
  if (key.asymmetricKeyType === "ec") return sequence(objectId("1.2.840.10045.4.3.2"));
  return sequence(objectId(`1.2.840.113549.1.1.${hash === "sha1" ? 5 : 11}`), der(0x05, Buffer.alloc(0)));
}

function time(iso: string): Buffer {
  return der(0x18, Buffer.from(iso.replaceAll(/[-:T]/g, "")));
}

function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const bytes = [value % 128];
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) bytes.unshift(128 + (left % 128));
  return bytes;
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
