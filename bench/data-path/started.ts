/**
 * What proxies that are started as one command have in common.
 */
import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { answers, end } from "./processes.ts";
import { askedHost, type Proxy, type Site } from "./site.ts";

/** Writes the site's certificate and key as `cert.pem` and `key.pem` into its folder. */
export function writePair({ folder, pair }: Site): void {
  writeFileSync(join(folder, "cert.pem"), pair.cert);
  writeFileSync(join(folder, "key.pem"), pair.key);
}

/** The proxy that a child is, when it answers; `said` is the file it writes to. Fails, and ends the child, when it does not answer. */
export async function startedProxy(site: Site, child: ChildProcess, log: string, said: string): Promise<Proxy> {
  const stop = async (): Promise<void> => end(child);
  try {
    await answers(site.httpPort, askedHost(site), child, said);
  } catch (error) {
    await stop();
    throw error;
  }
  return { site, pid: child.pid ?? 0, log, [Symbol.asyncDispose]: stop };
}
