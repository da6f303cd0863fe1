/**
 * `interlock extension`: renders its cluster's structure and returns the bundle. No Docker socket, no secrets, no state.
 */
import { create } from "@bufbuild/protobuf";
import { createClient, type Client } from "@connectrpc/connect";
import { routesDiff } from "../deliver/diff.ts";
import type { Bundle } from "../model/bundle.ts";
import type { Structure } from "../model/desired.ts";
import { isInterlockError, sentenceOf } from "../model/errors.ts";
import { coreTransport } from "../rpc/client.ts";
import {
  ExtensionService,
  type FollowStructureResponse,
  type ReturnBundleRequest,
  ReturnBundleRequestSchema,
} from "../rpc/gen/interlock/v1/extension_pb.ts";
import { routesToWire } from "../rpc/routes.ts";
import { structureFromWire } from "../rpc/translate.ts";
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
      let last: Told | undefined;
      for await (const message of client.followStructure({ template: renderer.template, changes: true }, { signal })) {
        failures = 0;
        if (message.version !== 0n) last = await answer(client, renderer, { message, last }, log, signal);
      }
    } catch (error) {
      if (!signal.aborted) log.warn({ reason: sentenceOf(error) }, "Core lost");
    }
    await sleep(backoffMs(failures++, 200, 5_000), signal);
  }
}

/** A structure that core told, and what was rendered of it: what core tells next, and what is returned, may be changes of them. */
export interface Told {
  readonly structure: Structure;
  /** Absent when it could not be rendered. */
  readonly bundle?: Bundle;
}

/**
 * What to return for a structure.
 *
 * Shape: routes are told as core told its own: all, or those that changed.
 * Fails: DEFECT, when the structure is a change of one that is not the last.
 */
export function rendered(
  renderer: Renderer,
  message: FollowStructureResponse,
  last: Told | undefined,
): { readonly told: Told; readonly returned: ReturnBundleRequest } {
  const structure = structureFromWire(message, last?.structure);
  const { version, since } = message;
  try {
    const bundle = renderer.render(structure, last?.bundle);
    const before = since === 0n ? undefined : last?.bundle?.routes;
    const { set, removed } = routesDiff(before, bundle.routes);
    const returned = create(ReturnBundleRequestSchema, {
      version,
      nginxConf: bundle.nginxConf,
      since: before === undefined ? 0n : since,
      routes: routesToWire(set),
      removedHosts: [...removed],
    });
    return { told: { structure, bundle }, returned };
  } catch (error) {
    if (!isInterlockError(error)) throw error;
    // A structure that cannot be rendered is core's to show; the last bundle stands.
    return { told: { structure }, returned: create(ReturnBundleRequestSchema, { version, failure: error.message }) };
  }
}

async function answer(
  client: Client<typeof ExtensionService>,
  renderer: Renderer,
  { message, last }: { readonly message: FollowStructureResponse; readonly last: Told | undefined },
  log: Logger,
  signal: AbortSignal,
): Promise<Told> {
  const { told, returned } = rendered(renderer, message, last);
  await client.returnBundle(returned, { signal });
  const { bundle } = told;
  if (bundle === undefined) log.error({ reason: returned.failure }, "Structure not rendered");
  else
    log.info({ revision: bundle.revision, structure: bundle.structure, hosts: bundle.routes.size }, "Bundle rendered");
  return told;
}
