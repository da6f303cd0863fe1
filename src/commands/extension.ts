/**
 * `interlock extension`: renders its cluster's structure and returns the bundle. No Docker socket, no secrets, no state.
 */
import { createClient, type Client } from "@connectrpc/connect";
import { isInterlockError, sentenceOf } from "../model/errors.ts";
import { coreTransport } from "../rpc/client.ts";
import { ExtensionService, type FollowStructureResponse } from "../rpc/gen/interlock/v1/extension_pb.ts";
import { routesToWire, structureFromWire } from "../rpc/translate.ts";
import { beat } from "../runtime/heartbeat.ts";
import { Scope } from "../runtime/scope.ts";
import { backoffMs, sleep } from "../runtime/wait.ts";
import { makeLogger, type Logger } from "../telemetry/log.ts";
import { findRenderer, type Renderer, templatePath } from "./extension-renderer.ts";

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
  const renderer = await findRenderer(templatePath, log);
  scope.run("health", (signal) => beat(() => true, signal));
  scope.run("render", (signal) => follow(client, renderer, log, signal));
  await scope.done();
}

/** Follows core until the signal fires; a broken stream is followed anew after a moment. */
export async function follow(
  client: Client<typeof ExtensionService>,
  renderer: Renderer,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      for await (const message of client.followStructure({ template: renderer.template }, { signal })) {
        failures = 0;
        if (message.version !== 0n) await answer(client, renderer, message, log, signal);
      }
    } catch (error) {
      if (!signal.aborted) log.warn({ reason: sentenceOf(error) }, "Core lost");
    }
    await sleep(backoffMs(failures++, 200, 5_000), signal);
  }
}

async function answer(
  client: Client<typeof ExtensionService>,
  renderer: Renderer,
  message: FollowStructureResponse,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const { version } = message;
  try {
    const bundle = renderer.render(structureFromWire(message));
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
