/**
 * Traefik 3, built from its published module: a router and a service for each host in a file; more kept connections than it has by itself.
 */
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findCommand } from "../../test/lab/facts.ts";
import { must } from "../../test/lab/run.ts";
import { answers, end, proxyCore, startPinned } from "./processes.ts";
import { askedHost, type Peer, type Proxy, type Site } from "./site.ts";

/** The release that is measured. */
const release = "v3.7.13";
const moduleName = `github.com/traefik/traefik/v3@${release}`;
const cache = process.env["INTERLOCK_BENCH_CACHE"] ?? "/var/cache/interlock-bench";
const binary = join(cache, `traefik-${release}`);

/** Traefik; skipped where it is not built yet and there is no Go toolchain. */
export const traefik: Peer = {
  name: "traefik",
  title: "Traefik",
  prepare: async () => {
    if (existsSync(binary)) return false;
    const go = ["/usr/local/go/bin/go"].find((path) => existsSync(path)) ?? findCommand("go");
    return go === undefined ? "there is no Go toolchain to build it with" : build(go);
  },
  version: async () => `${release}, ${/Go version:\s+(\S+)/.exec(await must([binary, "version"]))?.[1] ?? "Go"}`,
  start,
};

/** Why in the module's own folder: only a main module's `replace` lines count, and `go install` refuses modules that have some. */
async function build(go: string): Promise<string | false> {
  console.error(`traefik: building ${release}; some minutes, once`);
  mkdirSync(cache, { recursive: true });
  try {
    const found = await must([go, "mod", "download", "-json", moduleName], { timeoutMs: 600_000 });
    const { Dir } = JSON.parse(found) as { readonly Dir: string };
    const named = `-s -w -X github.com/traefik/traefik/v3/pkg/version.Version=${release.slice(1)}`;
    const argv = [go, "build", "-trimpath", "-ldflags", named, "-o", `${binary}.new`, "./cmd/traefik"];
    await must(argv, { cwd: Dir, timeoutMs: 3_600_000 });
    renameSync(`${binary}.new`, binary);
    return false;
  } catch (error) {
    return `it cannot be built: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function start(site: Site): Promise<Proxy> {
  const { folder } = site;
  const log = join(folder, "log");
  const said = join(folder, "said");
  writeFileSync(join(folder, "cert.pem"), site.pair.cert);
  writeFileSync(join(folder, "key.pem"), site.pair.key);
  // JSON is YAML.
  writeFileSync(join(folder, "traefik.yml"), JSON.stringify(statics(site, log)));
  writeFileSync(join(folder, "dynamic.yml"), JSON.stringify(dynamics(site)));
  const child = startPinned([binary, `--configFile=${folder}/traefik.yml`], proxyCore, said, { GOMAXPROCS: "1" });
  const stop = async (): Promise<void> => end(child);
  try {
    await answers(site.httpPort, askedHost(site), child, said);
  } catch (error) {
    await stop();
    throw error;
  }
  return { site, pid: child.pid ?? 0, log, [Symbol.asyncDispose]: stop };
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
