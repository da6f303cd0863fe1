/**
 * What is in a secret, as far as it can matter for TLS. Everything else in it is left unread and goes nowhere.
 */
import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { pemBlocks, type PemBlock } from "./pem.ts";

/** The parts of one secret. */
export interface SecretParts {
  /** From its `CERTIFICATE` blocks, in their order. */
  readonly certificates: readonly X509Certificate[];
  /** From its first private key block. */
  readonly key?: KeyObject;
  /** What is there and cannot be used: a block that is not what its label says, or a key behind a password. */
  readonly fault?: "certificate damaged" | "key damaged" | "key encrypted";
}

/**
 * Reads a secret; never fails: what is wrong is a part of the answer.
 *
 * Why only these blocks: a secret that was named by mistake must never be shown to clients.
 */
export function readSecret(data: Uint8Array): SecretParts {
  // PEM is ASCII; other bytes stand between the blocks, if anywhere.
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("latin1");
  const certificates: X509Certificate[] = [];
  let key: ReturnType<typeof keyIn> | undefined;
  for (const block of pemBlocks(text)) {
    if (block.label.endsWith("PRIVATE KEY")) key ??= keyIn(block);
    if (block.label !== "CERTIFICATE") continue;
    const certificate = certificateIn(block);
    if (certificate === undefined) return { certificates, fault: "certificate damaged" };
    certificates.push(certificate);
  }
  return { certificates, ...(key === undefined ? {} : typeof key === "string" ? { fault: key } : { key }) };
}

function certificateIn(block: PemBlock): X509Certificate | undefined {
  try {
    return new X509Certificate(block.text);
  } catch {
    return undefined;
  }
}

function keyIn(block: PemBlock): KeyObject | "key damaged" | "key encrypted" {
  if (block.label === "ENCRYPTED PRIVATE KEY" || block.text.includes("Proc-Type: 4,ENCRYPTED")) return "key encrypted";
  try {
    return createPrivateKey(block.text);
  } catch {
    return "key damaged";
  }
}
