/**
 * `interlock enable`: the article's step 2. Control network, first configuration, core service; then waits until it serves.
 */
import { defaultConfigToml } from "../config/default.ts";
import { InterlockError, isInterlockError } from "../model/errors.ts";
import { version } from "../model/version.ts";
import { sleep } from "../runtime/wait.ts";
import type { Docker } from "../swarm/client.ts";
import { findSelf } from "../swarm/self.ts";
import { coreSpec, type CoreSpecParts } from "./core-spec.ts";
import { coreAmong, managerEngine, names, newestConfig, patienceMs, progress, wholeNumber } from "./operator.ts";

/** What the command line says. */
export interface EnableOptions {
  readonly httpPort: string;
  readonly httpsPort: string;
  readonly publishMode: "ingress" | "host";
  readonly replicas: string;
  readonly image?: string;
  readonly keepConfig: boolean;
  readonly detach: boolean;
}

/**
 * Enables Interlock. Doing it twice changes nothing.
 *
 * Fails: USAGE for a flag's value, CUSTOM_CONFIG when a configuration from earlier is there that is not the default asked for (it is
 * never overwritten; reference §7 row 13), DOCKER_CONFLICT when it vanishes meanwhile, TIMED_OUT when core does not come up.
 */
export async function enable(options: EnableOptions): Promise<void> {
  const toml = defaultConfigToml({
    httpPort: wholeNumber("--http-port", options.httpPort, 1, 65_535),
    httpsPort: wholeNumber("--https-port", options.httpsPort, 1, 65_535),
    publishMode: options.publishMode,
    proxyReplicas: wholeNumber("--replicas", options.replicas, 0, 10_000),
  });
  await using docker = await managerEngine();
  const running = coreAmong(await docker.services());
  const configName = await ensureConfig(docker, toml, options.keepConfig, running?.configs[0]);
  if (running !== undefined) {
    progress(`Interlock is enabled already (service ${running.name}, configuration ${configName})`);
    return;
  }
  const image = options.image ?? (await ownImage(docker));
  const configs = await docker.configs();
  const config = configs.find((each) => each.name === configName);
  if (config === undefined)
    throw new InterlockError(
      "DOCKER_CONFLICT",
      `the configuration ${configName} was removed meanwhile; run the command again`,
    );
  await createCore(docker, { image, config });
  progress(`created  service ${names.service} (${image})`);
  if (!options.detach) await waitForCore(docker);
}

/** The name of the configuration to start with; made when there is none. */
async function ensureConfig(docker: Docker, toml: string, keep: boolean, mounted: string | undefined): Promise<string> {
  const newest = newestConfig(await docker.configs());
  const name = mounted ?? newest?.config.name;
  if (name === undefined) {
    const first = `${names.configPrefix}1`;
    await docker.createConfig({ name: first, labels: { [names.label]: "config" }, content: toml });
    progress(`created  config ${first}`);
    return first;
  }
  if (keep || (await docker.config(name)).content === toml) {
    progress(`kept     config ${name}`);
    return name;
  }
  throw new InterlockError(
    "CUSTOM_CONFIG",
    `the configuration ${name} differs from the default that was asked for, and is not overwritten; ` +
      (mounted === undefined
        ? "start with it by --keep-config, or remove it by 'docker config rm' first"
        : "change it as its own comments say (next config, docker service update)"),
  );
}

/** Makes core on the control network. A network that has just been removed is listed for a moment longer: then it is made anew. */
async function createCore(docker: Docker, parts: Omit<CoreSpecParts, "networkId">): Promise<void> {
  const until = performance.now() + 10_000;
  const never = new AbortController().signal;
  for (;;) {
    const networkId = await ensureNetwork(docker);
    try {
      await docker.createService(coreSpec({ ...parts, networkId }));
      return;
    } catch (error) {
      if (!isInterlockError(error) || !/network \S+ not found/.test(error.message) || performance.now() > until)
        throw error;
      await sleep(300, never);
    }
  }
}

async function ensureNetwork(docker: Docker): Promise<string> {
  const known = (await docker.networks()).find((network) => network.name === names.network);
  if (known !== undefined) {
    progress(`kept     network ${names.network}`);
    return known.id;
  }
  // Attachable: `interlock status` asks core from a container of its own.
  const { id } = await docker.createNetwork({
    name: names.network,
    labels: { [names.label]: "network" },
    attachable: true,
  });
  progress(`created  network ${names.network}`);
  return id;
}

/** The image this command runs from; outside a container, the published one of this version. */
async function ownImage(docker: Docker): Promise<string> {
  const { containerId } = await findSelf(docker, names.configPath);
  if (containerId === undefined) return `interlock/interlock:${version}`;
  return (await docker.container(containerId)).image;
}

async function waitForCore(docker: Docker): Promise<void> {
  const until = performance.now() + patienceMs;
  const never = new AbortController().signal;
  let said = "";
  while (performance.now() < until) {
    const [task] =
      (await docker.tasks({ services: [names.service], desiredStates: ["running"] }).catch(notThere)) ?? [];
    const now =
      task === undefined
        ? "waiting for Swarm to place it"
        : `${task.state}${task.error === undefined ? "" : `: ${task.error}`}`;
    if (now !== said) progress(`core     ${now}`);
    said = now;
    if (task?.state === "running") return;
    await sleep(300, never);
  }
  throw new InterlockError(
    "TIMED_OUT",
    `core did not come up within ${patienceMs / 1000} s; see 'docker service ps --no-trunc ${names.service}'`,
  );
}

function notThere(error: unknown): undefined {
  if (isInterlockError(error, "DOCKER_NOT_FOUND")) return undefined;
  throw error;
}
