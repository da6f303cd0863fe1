/**
 * Why nginx could not take a configuration that passed its check. nginx says it in its own log, which goes to the
 * container's output and which the agent does not read; the usual cause, a port somebody holds, can be tried out.
 */
import { createServer } from "node:net";

/** The listen addresses of `nginxConf` that `served` does not have and that cannot be bound, each as a sentence. */
export async function unbindable(nginxConf: string, served: string | undefined): Promise<readonly string[]> {
  const held = new Set(listens(served ?? ""));
  const tried = listens(nginxConf).filter((address) => !held.has(address));
  const failures = await Promise.all([...new Set(tried)].map(bindFailure));
  return failures.filter((failure) => failure !== undefined);
}

/** The TCP addresses of the `listen` directives. Source: nginx, ngx_http_core_module and ngx_stream_core_module, `listen`. */
function listens(nginxConf: string): readonly string[] {
  return [...nginxConf.matchAll(/\blisten\s+["']?([^\s;"']+)([^;]*);/g)]
    .filter(([, address = "", options = ""]) => !address.startsWith("unix:") && !/\b(udp|quic)\b/.test(options))
    .map(([, address = ""]) => address);
}

async function bindFailure(address: string): Promise<string | undefined> {
  const match = /^(?:(\[[^\]]*\]|[^:]*):)?(\d+)$/.exec(address);
  if (match === null) return undefined;
  const host = (match[1] ?? "*").replace(/^\[|\]$/g, "");
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = createServer();
  server.once("error", (error) => resolve(`cannot listen on ${address}: ${error.message}`));
  server.listen(
    { host: host === "*" ? "0.0.0.0" : host, port: Number(match[2]), ipv6Only: true, exclusive: true },
    () => server.close(() => resolve(undefined)),
  );
  return promise;
}
