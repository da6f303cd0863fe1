/**
 * `interlock extension`: renders its cluster's structure and returns the bundle. No Docker socket, no secrets, no state.
 */
import { createClient, type Client } from "@connectrpc/connect";
import { isInterlockError, sentenceOf } from "../model/errors.ts";
import { render } from "../render/render.ts";
import { coreTransport } from "../rpc/client.ts";
import { ExtensionService, type FollowStructureResponse } from "../rpc/gen/interlock/v1/extension_pb.ts";
import { routesToWire, structureFromWire } from "../rpc/translate.ts";
import { beat } from "../runtime/heartbeat.ts";
import { Scope } from "../runtime/scope.ts";
import { backoffMs, sleep } from "../runtime/wait.ts";
import { makeLogger, type Logger } from "../telemetry/log.ts";

/** What the command line says. */
export interface ExtensionOptions {
  /** `host:port` of core. */
  readonly core: string;
  readonly debug: boolean;
}

/** Runs until it is told to end. */
export async function runExtension(options: ExtensionOptions): Promise<void> {
  const log = makeLogger({ role: "extension", debug: options.debug });
  const client = createClient(ExtensionService, coreTransport(options.core));
  const scope = new Scope(log);
  log.info({ core: options.core }, "Extension started");
  scope.run("health", (signal) => beat(() => true, signal));
  scope.run("render", (signal) => follow(client, log, signal));
  await scope.done();
}

/** Follows core for ever; a broken stream is followed anew after a moment. */
async function follow(client: Client<typeof ExtensionService>, log: Logger, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      for await (const message of client.followStructure({}, { signal })) {
        failures = 0;
        if (message.version !== 0n) await answer(client, message, log, signal);
      }
    } catch (error) {
      if (!signal.aborted) log.warn({ reason: sentenceOf(error) }, "Core lost");
    }
    await sleep(backoffMs(failures++, 200, 5_000), signal);
  }
}

async function answer(
  client: Client<typeof ExtensionService>,
  message: FollowStructureResponse,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const { version } = message;
  try {
    const bundle = render(structureFromWire(message));
    await client.returnBundle(
      { version, nginxConf: bundle.nginxConf, routes: routesToWire(bundle.routes) },
      { signal },
    );
    log.info({ revision: bundle.revision, structure: bundle.structure, hosts: bundle.routes.size }, "Bundle rendered");
  } catch (error) {
    if (!isInterlockError(error)) throw error;
    // A structure that cannot be rendered is core's to show; the last bundle stands.
    await client.returnBundle({ version, failure: error.message }, { signal });
    log.error({ reason: error.message }, "Structure not rendered");
  }
}
