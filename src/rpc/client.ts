/**
 * The way to core, for extensions, proxies and the CLI.
 */
import type { Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";

/**
 * A transport to core at `host:port`. The name is resolved anew for each connection.
 *
 * Pings notice a core that vanished without a word (node lost, network cut) within about eight seconds.
 */
export function coreTransport(endpoint: string): Transport {
  return createGrpcTransport({
    baseUrl: `http://${endpoint}`,
    pingIntervalMs: 5_000,
    pingTimeoutMs: 3_000,
    pingIdleConnection: true,
  });
}
