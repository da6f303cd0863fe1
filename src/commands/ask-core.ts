/**
 * Asking core, directly where it can be reached, else from a container on the control network.
 */
import { createClient, type Client } from "@connectrpc/connect";
import { checkConfig } from "../config/load.ts";
import { InterlockError, sentenceOf } from "../model/errors.ts";
import type { SwarmService } from "../model/snapshot.ts";
import { coreTransport } from "../rpc/client.ts";
import { OperationsService } from "../rpc/gen/interlock/v1/operations_pb.ts";
import type { Docker } from "../swarm/client.ts";
import { runOnce } from "../swarm/oneshot.ts";
import { exitCodes } from "./ending.ts";
import { coreAmong, managerEngine, names } from "./operator.ts";

/** What an operator asks core. */
export interface Question {
  /** The command that asks it and prints the answer, JSON: what the container runs when core cannot be reached from here. */
  readonly command: readonly string[];
  /** Asks; the answer is JSON. */
  readonly ask: (core: Client<typeof OperationsService>, options: { readonly timeoutMs: number }) => Promise<string>;
}

/** How long core may take to answer. */
const timeoutMs = 10_000;

/** The answer of core at `host:port`, or of the core of this Swarm: JSON. Fails: CORE_UNREACHABLE, NOT_ENABLED, and as {@link Docker}. */
export async function askCore(question: Question, core: string | undefined): Promise<string> {
  return core === undefined ? await askThroughDocker(question) : await askAt(question, core);
}

async function askAt(question: Question, core: string): Promise<string> {
  try {
    return await question.ask(createClient(OperationsService, coreTransport(core)), { timeoutMs });
  } catch (cause) {
    throw new InterlockError("CORE_UNREACHABLE", `core does not answer at ${core}: ${sentenceOf(cause)}`, { cause });
  }
}

/** The control network is an overlay: the host is not on it, but a container can be. */
async function askThroughDocker(question: Question): Promise<string> {
  await using docker = await managerEngine();
  const core = coreAmong(await docker.services());
  if (core === undefined) {
    throw new InterlockError(
      "NOT_ENABLED",
      `there is no core service; 'interlock enable' makes it, or name another core by --core`,
    );
  }
  const port = await listenPort(docker, core);
  const network = await controlNetwork(docker, core);
  if (network === undefined) return await askAt(question, await publishedAt(docker, core, port));
  let out = "";
  let err = "";
  const command = [...question.command, "--core", `tasks.${core.name}:${port}`];
  const shot = {
    image: core.image,
    command,
    network,
    labels: { [names.label]: "cli" },
  };
  const code = await runOnce(
    docker,
    shot,
    (output) => {
      if (output.from === "stdout") out += output.bytes.toString("utf8");
      else err += output.bytes.toString("utf8");
    },
    AbortSignal.timeout(3 * timeoutMs),
  );
  if (code !== exitCodes.done && code !== exitCodes.attention) {
    throw new InterlockError(
      "CORE_UNREACHABLE",
      err.trim().replace(/^interlock: /, "") || `the question to core ended with ${code}`,
    );
  }
  return out;
}

/** The port of `ListenAddr`, from the configuration core has mounted. */
async function listenPort(docker: Docker, core: SwarmService): Promise<number> {
  const [name] = core.configs;
  const config = name === undefined ? undefined : checkConfig((await docker.config(name)).content).config;
  return config?.listen.port ?? 8080;
}

/** The network over which the roles speak: the one of the original's name, else core's first; `undefined` when it is on none. */
async function controlNetwork(docker: Docker, core: SwarmService): Promise<string | undefined> {
  const named = (await docker.networks()).find((network) => network.name === names.network);
  return named !== undefined && core.networks.includes(named.id) ? named.id : core.networks[0];
}

/** Where core's port is published on its node. Fails: CORE_UNREACHABLE. */
async function publishedAt(docker: Docker, core: SwarmService, port: number): Promise<string> {
  const tasks = await docker.tasks({ services: [core.id], desiredStates: ["running"] });
  const task = tasks.find(({ state, hostPorts }) => state === "running" && hostPorts.length > 0);
  const published = task?.hostPorts.find(({ target }) => target === port)?.published;
  const node = (await docker.nodes()).find(({ id }) => id === task?.nodeId);
  if (published !== undefined && node !== undefined) return `${node.address}:${published}`;
  throw new InterlockError(
    "CORE_UNREACHABLE",
    `${core.name} is on no overlay network, and no running task of it publishes port ${port} in host mode; name its address by --core`,
  );
}
