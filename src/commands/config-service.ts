/**
 * `interlock config-service`: hands the secrets of its cluster's certificates to core, because the Engine API never tells what is in a
 * secret. No Docker socket, no network but core's, nothing written anywhere.
 */
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { createClient, type Client } from "@connectrpc/connect";
import { sentenceOf } from "../model/errors.ts";
import { coreTransport } from "../rpc/client.ts";
import { ConfigService } from "../rpc/gen/interlock/v1/config_pb.ts";
import { tokenPath } from "../rpc/introduce.ts";
import { secretsToWire } from "../rpc/translate.ts";
import { beat } from "../runtime/heartbeat.ts";
import { Scope } from "../runtime/scope.ts";
import { backoffMs, sleep } from "../runtime/wait.ts";
import { makeLogger, type Logger } from "../telemetry/log.ts";

/** What the command line says. */
export interface ConfigServiceOptions {
  /** `host:port` of core. */
  readonly core: string;
  readonly debug: boolean;
}

/** Where Swarm mounts secrets; core has each named by its id. */
const secretsFolder = "/run/secrets";

/** Core says something every 5 s; four times nothing means that nobody is there any more. */
const silenceMs = 20_000;

/** Runs until it is told to end. Fails: with Node's error when the secrets cannot be read; Swarm then rolls back. */
export async function runConfigService(options: ConfigServiceOptions): Promise<void> {
  const log = makeLogger({ role: "config-service", debug: options.debug });
  const client = createClient(ConfigService, coreTransport(options.core));
  const secrets = await readSecrets(secretsFolder);
  const scope = new Scope(log);
  log.info({ core: options.core, secrets: secrets.size }, "Config service started");
  scope.run("health", (signal) => beat(() => true, signal));
  scope.run("supply", (signal) => supply(client, secrets, log, signal));
  await scope.done();
}

/** The files of a folder, by name, but its own token; none when there is no such folder. They never change: Swarm's secrets do not. */
export async function readSecrets(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name !== basename(tokenPath));
  const secrets = await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const));
  return new Map(secrets);
}

/** Hands the secrets over, and again after a moment whenever core may have forgotten them, until the signal fires. */
export async function supply(
  client: Client<typeof ConfigService>,
  secrets: ReadonlyMap<string, Uint8Array>,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(), silenceMs);
    let reason = "the stream ended";
    try {
      const either = AbortSignal.any([signal, silence.signal]);
      for await (const _heartbeat of client.supplySecrets(secretsToWire(secrets), { signal: either })) {
        if (failures > 0) log.info("Core found");
        failures = 0;
        timer.refresh();
      }
    } catch (error) {
      reason = sentenceOf(error);
    } finally {
      clearTimeout(timer);
    }
    if (signal.aborted) return;
    // Once per absence: core may be away for long.
    if (failures === 0) log.warn({ reason }, "Core lost");
    await sleep(backoffMs(failures, 200, 5_000), signal);
    failures += 1;
  }
}
