/**
 * `interlock proxy`: the agent beside nginx.
 */
import { grpcLink } from "../proxy/grpc-link.ts";
import { activeConf, proxyPaths } from "../proxy/paths.ts";
import { runProxy } from "../proxy/run.ts";
import { showConf } from "../proxy/shown-conf.ts";
import { coreTransport } from "../rpc/client.ts";
import { Scope } from "../runtime/scope.ts";
import { makeLogger } from "../telemetry/log.ts";

/** What the command line says. */
export interface ProxyRoleOptions {
  /** `host:port` of core. */
  readonly core: string;
  readonly debug: boolean;
  /** Where the configuration in use is shown beside its own place; on the classic road, where it is. */
  readonly configPath?: string;
  /** True on the classic road: it serves what the docker config at `configPath` says. */
  readonly classic: boolean;
  /** How long it serves on after it was told to stop. */
  readonly drainMs: number;
}

/** Where core mounts what a proxy may start from while core is silent, and where Swarm mounts secrets; `manage/mounts.ts` says so too. */
const coldStartPath = "/etc/interlock/nginx.conf";
const secretsFolder = "/run/secrets";

/** Longer than any `ProxyStopGracePeriod`: the engine ends the task when that is over, not the agent. */
const gracePeriodMs = 3_600_000;

/** Runs until it is told to end, and then for the drain time. SIGQUIT, the documented stop signal of proxies, drains as SIGTERM does. */
export async function runProxyRole(options: ProxyRoleOptions): Promise<void> {
  const log = makeLogger({ role: "proxy", debug: options.debug });
  const scope = new Scope(log);
  const { classic, configPath } = options;
  const paths = proxyPaths(undefined, undefined, classic ? "serving" : "active");
  const path = classic ? (configPath ?? "/etc/nginx/nginx.conf") : coldStartPath;
  log.info({ core: options.core, classic }, "Proxy started");
  if (!classic && configPath !== undefined) await showConf(configPath, activeConf(paths), log);
  scope.run("proxy", (signal) =>
    runProxy({
      core: grpcLink(coreTransport(options.core)),
      paths,
      printed: { path, secrets: secretsFolder, classic },
      log,
      signal,
      nginxPath: "/usr/sbin/nginx",
      drainMs: options.drainMs,
      gracePeriodMs,
    }),
  );
  await scope.done();
  log.info("Proxy ended");
}
