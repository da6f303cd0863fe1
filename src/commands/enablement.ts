/**
 * Enabling, disabling and changing the ports of this machine's Swarm, for the admin API.
 */
import type { Enablement } from "../admin/api.ts";
import type { State, Wish } from "../admin/words.ts";
import { defaultConfigToml, defaultOptions, type DefaultConfigOptions } from "../config/default.ts";
import { checkConfig } from "../config/load.ts";
import { InterlockError } from "../model/errors.ts";
import type { Docker } from "../swarm/client.ts";
import { disable } from "./disable.ts";
import { enable } from "./enable.ts";
import { coreAmong, managerEngine, names, newestConfig } from "./operator.ts";

/** What is there: core or not, and the configuration it has or would start with. */
interface Found {
  readonly core?: { readonly id: string; readonly name: string };
  readonly config?: FoundConfig;
}

interface FoundConfig {
  readonly name: string;
  /** What `interlock enable` was told when it wrote this; absent when somebody else wrote it. */
  readonly written?: DefaultConfigOptions;
  /** Ports of its first service cluster; absent when it cannot be read. */
  readonly httpPort?: number;
  readonly httpsPort?: number;
}

/** The Swarm of the engine `DOCKER_HOST` names, or this machine's. Fails: as {@link managerEngine}, {@link enable}, {@link disable}. */
export const swarmEnablement: Enablement = {
  async state(): Promise<State> {
    await using docker = await managerEngine();
    const { core, config } = await look(docker);
    return {
      InterlockEnabled: core !== undefined,
      ...(config?.httpPort === undefined ? {} : { HTTPPort: config.httpPort }),
      ...(config?.httpsPort === undefined ? {} : { HTTPSPort: config.httpsPort }),
      Arch: process.arch === "x64" ? "x86_64" : process.arch,
      ...(config === undefined ? {} : { Config: config.name }),
      CustomConfig: config !== undefined && config.written === undefined,
    };
  },

  async enable(wish: Wish): Promise<void> {
    await using docker = await managerEngine();
    const { core, config } = await look(docker);
    const changed = config !== undefined && differs(config, wish);
    if (changed) await writeNext(docker, config, wish, core?.id);
    if (core !== undefined) return;
    const { httpPort, httpsPort, publishMode } = defaultOptions;
    await enable({
      httpPort: String(wish.httpPort ?? httpPort),
      httpsPort: String(wish.httpsPort ?? httpsPort),
      publishMode,
      replicas: "2",
      keepConfig: config !== undefined,
      detach: true,
    });
  },

  async disable(): Promise<void> {
    await disable({ purge: false });
  },
};

async function look(docker: Docker): Promise<Found> {
  const core = coreAmong(await docker.services());
  const name = core?.configs[0] ?? newestConfig(await docker.configs())?.config.name;
  return {
    ...(core === undefined ? {} : { core: { id: core.id, name: core.name } }),
    ...(name === undefined ? {} : { config: foundIn(name, (await docker.config(name)).content) }),
  };
}

function foundIn(name: string, content: string): FoundConfig {
  const { config } = checkConfig(content);
  const proxy = config?.extensions[0]?.proxy;
  if (proxy === undefined) return { name };
  const written = {
    httpPort: proxy.publishedPort,
    httpsPort: proxy.publishedSslPort,
    publishMode: proxy.publishMode,
    proxyReplicas: proxy.replicas,
  };
  return {
    name,
    httpPort: written.httpPort,
    httpsPort: written.httpsPort,
    ...(defaultConfigToml(written) === content ? { written } : {}),
  };
}

function differs(config: FoundConfig, { httpPort, httpsPort }: Wish): boolean {
  return (
    (httpPort !== undefined && httpPort !== config.httpPort) ||
    (httpsPort !== undefined && httpsPort !== config.httpsPort)
  );
}

/** Writes the default configuration with other ports under the next number, and gives it to core where one runs. */
async function writeNext(docker: Docker, config: FoundConfig, wish: Wish, coreId: string | undefined): Promise<void> {
  if (config.written === undefined)
    throw new InterlockError(
      "CUSTOM_CONFIG",
      `the configuration ${config.name} was not written by Interlock and is not overwritten; change the ports in a copy of it, and apply that under the next number`,
    );
  const toml = defaultConfigToml({
    ...config.written,
    ...(wish.httpPort === undefined ? {} : { httpPort: wish.httpPort }),
    ...(wish.httpsPort === undefined ? {} : { httpsPort: wish.httpsPort }),
  });
  const name = `${names.configPrefix}${(newestConfig(await docker.configs())?.number ?? 0) + 1}`;
  const { id } = await docker.createConfig({ name, labels: { [names.label]: "config" }, content: toml });
  if (coreId === undefined) return;
  const { spec, version } = await docker.inspectService(coreId);
  await docker.updateService(coreId, version, withConfig(spec, { id, name }));
}

/** A service's spec with another config at the place of core's. */
function withConfig(
  spec: Readonly<Record<string, unknown>>,
  config: { readonly id: string; readonly name: string },
): object {
  const template = fieldsOf(spec["TaskTemplate"]);
  const container = fieldsOf(template["ContainerSpec"]);
  const mounted: readonly unknown[] = Array.isArray(container["Configs"]) ? container["Configs"] : [];
  const Configs = mounted.map((one) => {
    const fields = fieldsOf(one);
    const isCores = fieldsOf(fields["File"])["Name"] === names.configPath;
    return isCores ? { ...fields, ConfigID: config.id, ConfigName: config.name } : fields;
  });
  return { ...spec, TaskTemplate: { ...template, ContainerSpec: { ...container, Configs } } };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
