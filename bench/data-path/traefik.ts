/**
 * Traefik 3, built from its published module (traefik-build.ts): a router and a service for each host in a file; more kept connections than it has by itself.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { must } from "../../test/lab/run.ts";
import { proxyCore, startPinned } from "./processes.ts";
import type { Peer, Proxy, Site } from "./site.ts";
import { startedProxy, writePair } from "./started.ts";
import { buildTraefik, traefikPath, traefikRelease } from "./traefik-build.ts";

/** Traefik; skipped where it is not built yet and cannot be. */
export const traefik: Peer = {
  name: "traefik",
  title: "Traefik",
  prepare: buildTraefik,
  version: async () => {
    const words = await must([traefikPath, "version"]);
    return `${traefikRelease}, ${/Go version:\s+(\S+)/.exec(words)?.[1] ?? "Go"}, built without DNS challenges`;
  },
  start,
};

async function start(site: Site): Promise<Proxy> {
  const { folder } = site;
  const log = join(folder, "log");
  const said = join(folder, "said");
  writePair(site);
  // JSON is YAML.
  writeFileSync(join(folder, "traefik.yml"), JSON.stringify(statics(site, log)));
  writeFileSync(join(folder, "dynamic.yml"), JSON.stringify(dynamics(site)));
  const child = startPinned([traefikPath, `--configFile=${folder}/traefik.yml`], proxyCore, said, { GOMAXPROCS: "1" });
  return await startedProxy(site, child, log, said);
}

function statics({ httpPort, httpsPort, folder }: Site, log: string): unknown {
  const secure = httpsPort === undefined ? {} : { websecure: { address: `:${httpsPort}` } };
  return {
    global: { checkNewVersion: false, sendAnonymousUsage: false },
    log: { level: "ERROR" },
    accessLog: { filePath: log },
    entryPoints: { web: { address: `:${httpPort}` }, ...secure },
    providers: { file: { filename: `${folder}/dynamic.yml`, watch: false } },
    serversTransport: { maxIdleConnsPerHost: 512 },
  };
}

function dynamics({ hosts, backendPort, httpsPort, folder }: Site): unknown {
  const plain = hosts.map((host, index) => [
    `app-${index}`,
    { rule: `Host(\`${host}\`)`, entryPoints: ["web"], service: `app-${index}` },
  ]);
  const secure = hosts.map((host, index) => [
    `app-${index}-secure`,
    { rule: `Host(\`${host}\`)`, entryPoints: ["websecure"], service: `app-${index}`, tls: {} },
  ]);
  const services = hosts.map((_, index) => [
    `app-${index}`,
    { loadBalancer: { servers: [{ url: `http://127.0.0.1:${backendPort}` }] } },
  ]);
  const pair = { certFile: `${folder}/cert.pem`, keyFile: `${folder}/key.pem` };
  return {
    http: {
      routers: Object.fromEntries(httpsPort === undefined ? plain : [...plain, ...secure]),
      services: Object.fromEntries(services),
    },
    ...(httpsPort === undefined ? {} : { tls: { certificates: [pair] } }),
  };
}
