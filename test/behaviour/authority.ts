/**
 * Certificates for tests, made by openssl.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate and its key, as PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate for the names that vouches for itself. */
export function selfSigned(...names: readonly string[]): Pair {
  return made(names, []);
}

/** The same with an RSA key, for what only works with those. */
export function selfSignedRsa(...names: readonly string[]): Pair {
  return made(names, [], undefined, ["rsa:2048"]);
}

/** A certificate authority nobody knows. */
export class Authority {
  readonly #own: Pair;

  /** A new one, or one that was kept (see {@link pair}). */
  constructor(own: Pair = made(["authority.test"], ["-addext", "basicConstraints=critical,CA:TRUE"])) {
    this.#own = own;
  }

  /** The authority itself, for who wants to keep it. */
  get pair(): Pair {
    return this.#own;
  }

  /** What to trust for it. */
  get cert(): string {
    return this.#own.cert;
  }

  /** A certificate for the names that it vouches for. */
  signed(...names: readonly string[]): Pair {
    return made(names, ["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "basicConstraints=CA:FALSE"], this.#own);
  }
}

const curve: readonly string[] = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

function made(names: readonly string[], options: readonly string[], authority?: Pair, kind = curve): Pair {
  const folder = mkdtempSync(join(tmpdir(), "interlock-pair-"));
  try {
    if (authority !== undefined) {
      writeFileSync(join(folder, "ca.pem"), authority.cert);
      writeFileSync(join(folder, "ca.key"), authority.key);
    }
    const key = ["-newkey", ...kind, "-nodes", "-keyout", "key.pem"];
    const who = ["-subj", `/CN=${names[0]}`, "-addext", `subjectAltName=${names.map((name) => `DNS:${name}`).join()}`];
    execFileSync("openssl", ["req", "-x509", "-days", "30", ...key, ...who, ...options, "-out", "cert.pem"], {
      cwd: folder,
      stdio: "pipe",
    });
    return { cert: readFileSync(join(folder, "cert.pem"), "utf8"), key: readFileSync(join(folder, "key.pem"), "utf8") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
