/**
 * `interlock admin`: the HTTP API that enables and disables Interlock. Off unless somebody runs it.
 */
import { readFile } from "node:fs/promises";
import { Api } from "../admin/api.ts";
import { listen } from "../admin/listener.ts";
import { Token } from "../admin/token.ts";
import { InterlockError, sentenceOf } from "../model/errors.ts";
import { beat } from "../runtime/heartbeat.ts";
import { Scope } from "../runtime/scope.ts";
import { makeLogger } from "../telemetry/log.ts";
import { swarmEnablement } from "./enablement.ts";

/** What the command line says. */
export interface AdminOptions {
  /** `host:port` or `:port`. */
  readonly listen: string;
  readonly tokenFile: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly debug: boolean;
}

/** Listens until it is told to end. Fails: USAGE for a flag's value, the token or the certificate. */
export async function admin(options: AdminOptions): Promise<void> {
  const log = makeLogger({ role: "admin", debug: options.debug });
  const address = addressIn(options.listen);
  const api = new Api({ enablement: swarmEnablement, token: await Token.fromFile(options.tokenFile), log });
  const tls = await tlsFrom(options);
  const listener = await listen(api, { ...address, ...(tls === undefined ? {} : { tls }) });
  log.info({ ...address, tls: tls !== undefined }, "Admin API started");
  if (tls === undefined) log.warn("The token crosses the network in clear text; give --tls-cert and --tls-key");
  const scope = new Scope(log);
  scope.run("health", (signal) => beat(() => true, signal));
  try {
    await scope.done();
  } finally {
    await listener.close();
  }
}

function addressIn(text: string): { readonly host: string; readonly port: number } {
  const [, host = "", port = ""] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  if (port === "" || Number(port) > 65_535)
    throw new InterlockError("USAGE", `--listen: expected an address such as 127.0.0.1:8088 or :8088, got "${text}"`);
  return { host: host === "" ? "::" : host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}

async function tlsFrom({ tlsCert, tlsKey }: AdminOptions): Promise<{ cert: string; key: string } | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined)
    throw new InterlockError("USAGE", "--tls-cert and --tls-key belong together");
  try {
    return { cert: await readFile(tlsCert, "utf8"), key: await readFile(tlsKey, "utf8") };
  } catch (cause) {
    throw new InterlockError("USAGE", `--tls-cert, --tls-key: ${sentenceOf(cause)}`, { cause });
  }
}
