/**
 * What a proxy can serve without core: the docker config that is mounted in it, and the certificates in mounted secrets.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { hashOf } from "../model/bundle.ts";
import type { Certificate } from "../model/desired.ts";
import type { HostName } from "../model/names.ts";
import { type PrintedCertificate, readPrinted } from "../rpc/printed.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Tables } from "./tables.ts";
import type { Wanted } from "./wanted.ts";

/** Where it is. */
export interface PrintedPlace {
  readonly path: string;
  /** The folder of mounted secrets, each a file of its name. */
  readonly secrets: string;
  /** True when it is what this proxy serves, false when it only starts from it while core is silent. */
  readonly classic: boolean;
}

/** What it says. */
export interface PrintedFile {
  readonly structure: NonNullable<Wanted["structure"]>;
  readonly tables: Tables;
}

/**
 * Reads the file, and the secrets its certificates are in. A host whose secrets are not there has no certificate.
 *
 * Fails: with Node's error when the file cannot be read; with a SyntaxError when its tables are damaged.
 */
export async function readPrintedFile({ path, secrets }: PrintedPlace, log: Logger): Promise<PrintedFile> {
  const { nginxConf, routes, endpoints, names, certificates: named } = readPrinted(await readFile(path, "utf8"));
  const certificates = new Map<HostName | "*", Certificate>();
  const missing: string[] = [];
  for (const [host, pair] of named) {
    const certificate = await readCertificate(pair, secrets);
    if (certificate === undefined) missing.push(host);
    else certificates.set(host, certificate);
  }
  if (missing.length > 0) log.info({ hosts: missing }, "Certificates not mounted");
  const structure = { nginxConf, revision: hashOf(nginxConf) };
  return { structure, tables: { routes, endpoints, names, certificates } };
}

/** `undefined` when one of the two is not there. */
async function readCertificate(
  { certificate, key }: PrintedCertificate,
  folder: string,
): Promise<Certificate | undefined> {
  const read = (name: string): Promise<string | undefined> =>
    readFile(join(folder, name), "utf8").catch(() => undefined);
  const [certificatePem, keyPem] = await Promise.all([read(certificate.name), read(key.name)]);
  return certificatePem === undefined || keyPem === undefined ? undefined : { certificatePem, keyPem };
}
