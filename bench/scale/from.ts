/**
 * A way to core from a loopback address of one's own, by which core knows who calls.
 */
import type { Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { connect } from "node:net";

/** A transport to core at a port of this machine. */
export function transportFrom(localAddress: string, port: number): Transport {
  return createGrpcTransport({
    baseUrl: `http://127.0.0.1:${port}`,
    nodeOptions: { createConnection: () => connect({ host: "127.0.0.1", port, localAddress }) },
  });
}
