/**
 * `interlock proxy`: the agent beside nginx.
 */
import { grpcLink } from "../proxy/grpc-link.ts";
import { proxyPaths } from "../proxy/paths.ts";
import { runProxy } from "../proxy/run.ts";
import { coreTransport } from "../rpc/client.ts";
import { Scope } from "../runtime/scope.ts";
import { makeLogger } from "../telemetry/log.ts";

/** What the command line says. */
export interface ProxyRoleOptions {
  /** `host:port` of core. */
  readonly core: string;
  readonly debug: boolean;
}

/** Longer than any `ProxyStopGracePeriod`: the engine ends the task when that is over, not the agent. */
const gracePeriodMs = 3_600_000;

/** Runs until it is told to end. SIGQUIT, the documented stop signal of proxies, drains as SIGTERM does. */
export async function runProxyRole(options: ProxyRoleOptions): Promise<void> {
  const log = makeLogger({ role: "proxy", debug: options.debug });
  const scope = new Scope(log);
  log.info({ core: options.core }, "Proxy started");
  scope.run("proxy", (signal) =>
    runProxy({
      core: grpcLink(coreTransport(options.core)),
      paths: proxyPaths(),
      log,
      signal,
      nginxPath: "/usr/sbin/nginx",
      gracePeriodMs,
    }),
  );
  await scope.done();
  log.info("Proxy ended");
}
