/**
 * `interlock status`: asks core, directly where it can be reached, else from a container on the control network.
 */
import { createClient } from "@connectrpc/connect";
import { InterlockError, sentenceOf } from "../model/errors.ts";
import { coreTransport } from "../rpc/client.ts";
import { OperationsService } from "../rpc/gen/interlock/v1/operations_pb.ts";
import { statusFromJson } from "../rpc/translate.ts";
import { runOnce } from "../swarm/oneshot.ts";
import { paintFor } from "../terminal/paint.ts";
import { needsAttention, showStatus } from "../terminal/show-status.ts";
import { exitCodes } from "./ending.ts";
import { coreAmong, managerEngine, names } from "./operator.ts";

/** What the command line says. */
export interface StatusOptions {
  readonly json: boolean;
  /** `host:port` of core; absent: through Docker. */
  readonly core?: string | undefined;
}

/** How long core may take to answer. */
const timeoutMs = 10_000;

/** Prints the status. The exit code is 1 when something needs attention. Fails: CORE_UNREACHABLE, NOT_ENABLED. */
export async function status(options: StatusOptions): Promise<number> {
  const json = options.core === undefined ? await askThroughDocker() : await ask(options.core);
  const answer = statusFromJson(json);
  process.stdout.write(
    options.json
      ? `${JSON.stringify(answer, undefined, 2)}\n`
      : showStatus(answer, paintFor(process.stdout, process.env)),
  );
  return needsAttention(answer) ? exitCodes.attention : exitCodes.done;
}

async function ask(core: string): Promise<string> {
  const client = createClient(OperationsService, coreTransport(core));
  try {
    return (await client.getStatus({}, { timeoutMs })).statusJson;
  } catch (cause) {
    throw new InterlockError("CORE_UNREACHABLE", `core does not answer at ${core}: ${sentenceOf(cause)}`, { cause });
  }
}

/** The control network is an overlay: the host is not on it, but a container can be. */
async function askThroughDocker(): Promise<string> {
  await using docker = await managerEngine();
  const core = coreAmong(await docker.services());
  if (core === undefined) {
    throw new InterlockError(
      "NOT_ENABLED",
      `there is no core service; 'interlock enable' makes it, or name another core by --core`,
    );
  }
  let out = "";
  let err = "";
  const command = ["status", "--json", "--core", `tasks.${core.name}:8080`];
  const shot = {
    image: core.image,
    command,
    network: core.networks[0] ?? names.network,
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
