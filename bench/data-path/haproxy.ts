/**
 * HAProxy as Debian has it: hosts in a map, a backend for each, kept connections, one thread.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { installMissing } from "../../test/lab/packages.ts";
import { findCommand } from "../../test/lab/facts.ts";
import { must } from "../../test/lab/run.ts";
import { proxyCore, startPinned } from "./processes.ts";
import type { Peer, Proxy, Site } from "./site.ts";
import { startedProxy } from "./started.ts";

/** HAProxy. */
export const haproxy: Peer = {
  name: "haproxy",
  title: "HAProxy",
  prepare: async () => {
    await installMissing(() => (findCommand("haproxy") === undefined ? ["haproxy"] : []), console.error);
    return false;
  },
  version: async () => {
    const words = await must([command(), "-vv"]);
    return `${/version (\S+)/.exec(words)?.[1]}, ${/Running on OpenSSL version : (OpenSSL \S+)/.exec(words)?.[1]}`;
  },
  start,
};

/** Debian's folder for it is not in every PATH. */
function command(): string {
  return findCommand("haproxy") ?? "haproxy";
}

async function start(site: Site): Promise<Proxy> {
  const file = join(site.folder, "haproxy.cfg");
  const log = join(site.folder, "log");
  writeFileSync(join(site.folder, "hosts.map"), site.hosts.map((host, index) => `${host} app-${index}\n`).join(""));
  writeFileSync(join(site.folder, "pair.pem"), site.pair.cert + site.pair.key);
  writeFileSync(file, text(site));
  const child = startPinned([command(), "-db", "-f", file], proxyCore, log);
  return await startedProxy(site, child, log, log);
}

/** The access log has what nginx's has, and is written for each request, as there. */
function text({ hosts, backendPort, httpPort, httpsPort, folder }: Site): string {
  const tls = httpsPort === undefined ? "" : `\n  bind *:${httpsPort} ssl crt ${folder}/pair.pem alpn h2,http/1.1`;
  const backends = hosts.map(
    (_, index) => `
backend app-${index}
  server one 127.0.0.1:${backendPort}`,
  );
  return `global
  nbthread 1
  maxconn 8192
  log stdout format raw local0
  ssl-default-bind-options ssl-min-ver TLSv1.2

defaults
  mode http
  log global
  log-format '%ci - - [%tr] %{+Q}r %ST %B %{+Q}[capture.req.hdr(0)] %{+Q}[capture.req.hdr(1)] %{+Q}[capture.req.hdr(2)]'
  option http-keep-alive
  option forwardfor
  timeout connect 5s
  timeout client 75s
  timeout server 600s
  timeout http-keep-alive 75s

frontend all
  bind *:${httpPort}${tls}
  declare capture request len 128
  declare capture request len 128
  declare capture request len 128
  http-request capture req.hdr(referer) id 0
  http-request capture req.hdr(user-agent) id 1
  http-request capture req.hdr(x-forwarded-for) id 2
  http-request set-header X-Real-IP %[src]
  http-request set-header X-Forwarded-Proto https if { ssl_fc }
  http-request set-header X-Forwarded-Proto http unless { ssl_fc }
  use_backend %[req.hdr(host),field(1,:),lower,map(${folder}/hosts.map)]
${backends.join("\n")}
`;
}
