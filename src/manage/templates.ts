/**
 * The docker configs with operators' templates, before anything is touched.
 */
import type { Config } from "../model/config.ts";
import { InterlockError } from "../model/errors.ts";
import type { ConfigRef } from "./mounts.ts";

/** What is asked of the engine. */
export interface ConfigEngine {
  configs(signal?: AbortSignal): Promise<readonly ConfigRef[]>;
}

/**
 * Finds the docker config of every `Template`, by name of the TOML table.
 *
 * Fails: CONFIG_INVALID, naming the first that does not exist, so that core exits and Swarm rolls back.
 * Why once: a docker config that a service mounts cannot be removed, and another one of the name cannot be made.
 */
export async function requireTemplates(engine: ConfigEngine, config: Config): Promise<ReadonlyMap<string, ConfigRef>> {
  const named = config.extensions.flatMap(({ name, template }) => (template === undefined ? [] : [{ name, template }]));
  if (named.length === 0) return new Map();
  const ids = new Map((await engine.configs()).map((one) => [one.name, one.id]));
  return new Map(
    named.map(({ name, template }) => {
      const id = ids.get(template);
      if (id !== undefined) return [name, { id, name: template }];
      throw new InterlockError(
        "CONFIG_INVALID",
        `Extensions.${name}.Template: there is no docker config named "${template}"; make it with 'docker config create ${template} FILE', or remove the key`,
      );
    }),
  );
}
