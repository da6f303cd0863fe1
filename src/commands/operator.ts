/**
 * What the operator's commands share: the engine they speak to, progress, and the names everything has.
 */
import { InterlockError } from "../model/errors.ts";
import type { SwarmService } from "../model/snapshot.ts";
import { connectDocker, type Docker } from "../swarm/client.ts";

/** The names of the original, so that its articles and scripts work. Source: reference §1.2. */
export const names = {
  service: "ucp-interlock",
  network: "ucp-interlock",
  configPrefix: "com.docker.ucp.interlock.conf-",
  configPath: "/config.toml",
  /** Marks what `interlock enable` made. */
  label: "com.docker.interlock.role",
} as const;

/** How long `enable` and `disable` wait for Swarm. */
export const patienceMs = 120_000;

/**
 * The engine of this machine, or the one `DOCKER_HOST` names.
 *
 * Fails: DOCKER_UNREACHABLE, and NOT_A_MANAGER when it cannot speak for a Swarm.
 */
export async function managerEngine(): Promise<Docker> {
  const url = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
  const docker = await connectDocker({ url, allowInsecure: false });
  const { isManager } = await docker.swarm();
  if (isManager) return docker;
  await docker[Symbol.asyncDispose]();
  throw new InterlockError(
    "NOT_A_MANAGER",
    "this engine is no Swarm manager; run the command on a manager, or 'docker swarm init' first",
  );
}

const vendorImage = /(^|\/)(docker|mirantis|interlockpreview)\/(ucp-)?interlock/;

/**
 * The core service of this Swarm: the one `enable` or `deploy/stack.yaml` made, whatever its name; else one of the original's
 * name that somebody made by hand. The vendor's own Interlock is not ours.
 */
export function coreAmong(services: readonly SwarmService[]): SwarmService | undefined {
  return (
    services.find((service) => service.labels[names.label] === "core") ??
    services.find((service) => service.name === names.service && !vendorImage.test(service.image))
  );
}

/** Says what is being done, on standard error, so that standard output stays the answer. */
export function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Whole number of an option. Fails: USAGE. */
export function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new InterlockError("USAGE", `${flag}: expected a whole number from ${least} to ${most}, got "${text}"`);
}

/** The newest of the numbered configurations: the highest N of `…conf-<N>`. */
export function newestConfig<Named extends { readonly name: string }>(
  configs: readonly Named[],
): { readonly config: Named; readonly number: number } | undefined {
  return configs
    .flatMap((config) => {
      const number = config.name.startsWith(names.configPrefix) ? config.name.slice(names.configPrefix.length) : "";
      return /^\d+$/.test(number) ? [{ config, number: Number(number) }] : [];
    })
    .toSorted((a, b) => b.number - a.number)[0];
}
