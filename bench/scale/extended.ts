/**
 * Core with its extension as a process of its own, as in life.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Core } from "./core.ts";
import { nodeOptions } from "./node-options.ts";
import { served } from "./proxies.ts";

/** Core's server, and what follows it. */
export interface Extended extends AsyncDisposable {
  readonly port: number;
  readonly extensionPid: number;
}

/** By which core knows it. */
const address = "127.2.0.1";

/** Serves proxies at these addresses, and has an extension follow. */
export async function extended(core: Core, proxies: readonly string[]): Promise<Extended> {
  const server = await served(core, proxies, address);
  const extension = fork(join(import.meta.dirname, "extension.ts"), [String(server.port), address], {
    execArgv: [...nodeOptions],
  });
  return {
    port: server.port,
    extensionPid: extension.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      const exited = once(extension, "exit");
      extension.disconnect();
      await exited;
      await server.close();
    },
  };
}
