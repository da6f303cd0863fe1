/**
 * Where the Docker API is, read into what a connection needs.
 */
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import type { DockerAddress } from "../model/config.ts";
import { InterlockError, sentenceOf } from "../model/errors.ts";

/** A way to reach the engine. */
export type EngineRoad =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly tls?: TlsMaterial };

/** What a TLS connection needs, PEM. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** True: the engine's certificate is not checked (the operator's `AllowInsecure`). */
  readonly allowInsecure: boolean;
}

/** What Node's TLS is told of it. */
export function tlsOptions({ allowInsecure, ...pem }: TlsMaterial): Omit<TlsMaterial, "allowInsecure"> & {
  readonly rejectUnauthorized: boolean;
} {
  return { ...pem, rejectUnauthorized: !allowInsecure };
}

/** A host as it stands in an address. Source: RFC 3986 §3.2.2. */
export function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

/**
 * Reads an address and the files it names.
 *
 * Shape: `tcp://` is TLS as soon as a CA, certificate, key or `allowInsecure` is given, as in the original; `https://` always is. Default ports 2375 and 2376.
 * Fails: CONFIG_INVALID for another kind of address, CONFIG_UNREADABLE when a file cannot be read.
 * Source: reference §2.1, `DockerURL`, `TLSCACert`, `TLSCert`, `TLSKey`, `AllowInsecure`.
 */
export async function engineRoad(address: DockerAddress): Promise<EngineRoad> {
  if (address.url.startsWith("unix://")) {
    const path = address.url.slice("unix://".length);
    if (path.startsWith("/")) return { kind: "unix", path };
  }
  const url = URL.parse(address.url);
  if (url === null || url.hostname === "" || !["tcp:", "http:", "https:"].includes(url.protocol)) {
    throw new InterlockError(
      "CONFIG_INVALID",
      `the Docker address "${address.url}" is none of unix:///path, tcp://host:port, https://host:port`,
    );
  }
  const tls = await tlsMaterial(address, url);
  const port = url.port === "" ? (tls === undefined ? 2375 : 2376) : Number(url.port);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return { kind: "tcp", host, port, ...(tls === undefined ? {} : { tls }) };
}

async function tlsMaterial(address: DockerAddress, url: URL): Promise<TlsMaterial | undefined> {
  const { caPath, certPath, keyPath, allowInsecure } = address;
  const named = [caPath, certPath, keyPath].some((path) => path !== undefined) || allowInsecure;
  if (url.protocol === "http:" || (url.protocol === "tcp:" && !named)) return undefined;
  const [ca, cert, key] = await Promise.all([caPath, certPath, keyPath].map(pem));
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    allowInsecure,
  };
}

async function pem(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new InterlockError("CONFIG_UNREADABLE", `cannot read ${path}: ${sentenceOf(error)}`, { cause: error });
  }
}
