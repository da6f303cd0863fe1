/**
 * Caddy as Debian has it: a route for each host; more kept connections than it has by itself.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { installMissing } from "../../test/lab/packages.ts";
import { findCommand } from "../../test/lab/facts.ts";
import { must } from "../../test/lab/run.ts";
import { proxyCore, startPinned } from "./processes.ts";
import type { Peer, Proxy, Site } from "./site.ts";
import { startedProxy, writePair } from "./started.ts";

/** Caddy. */
export const caddy: Peer = {
  name: "caddy",
  title: "Caddy",
  prepare: async () => {
    await installMissing(() => (findCommand("caddy") === undefined ? ["caddy"] : []), console.error);
    return false;
  },
  version: async () => (await must(["caddy", "version"])).split(" ")[0] ?? "",
  start,
};

async function start(site: Site): Promise<Proxy> {
  const file = join(site.folder, "caddy.json");
  const log = join(site.folder, "log");
  writePair(site);
  writeFileSync(log, "");
  writeFileSync(file, JSON.stringify(config(site, log)));
  const said = join(site.folder, "said");
  const child = startPinned(["caddy", "run", "--config", file], proxyCore, said, {
    GOMAXPROCS: "1",
    HOME: site.folder,
    XDG_DATA_HOME: site.folder,
    XDG_CONFIG_HOME: site.folder,
  });
  return await startedProxy(site, child, log, said);
}

/**
 * In Caddy's own form, with one log for all sites: with the short form each site has a log of its own, and every line is offered to all of
 * them, which takes most of the time where there are hundreds. Its log has more in it than nginx's: its own formats are all it has.
 */
function config({ hosts, backendPort, httpPort, httpsPort, folder }: Site, log: string): unknown {
  const routes = hosts.map((host) => ({
    match: [{ host: [host] }],
    handle: [
      {
        handler: "reverse_proxy",
        transport: { protocol: "http", keep_alive: { max_idle_conns_per_host: 512 } },
        upstreams: [{ dial: `127.0.0.1:${backendPort}` }],
      },
    ],
    terminal: true,
  }));
  const server = { automatic_https: { disable: true }, logs: {}, routes };
  const secure = { ...server, listen: [`:${httpsPort}`], tls_connection_policies: [{}] };
  const certificates = { load_files: [{ certificate: `${folder}/cert.pem`, key: `${folder}/key.pem` }] };
  return {
    admin: { disabled: true },
    logging: { logs: { default: { level: "INFO", writer: { output: "file", filename: log, roll: false } } } },
    apps: {
      http: {
        servers: {
          plain: { ...server, listen: [`:${httpPort}`] },
          ...(httpsPort === undefined ? {} : { secure }),
        },
      },
      ...(httpsPort === undefined ? {} : { tls: { certificates } }),
    },
  };
}
