/**
 * One container that runs a command on a network and goes away: how the CLI speaks with core from the host.
 */
import type { Labels } from "../model/snapshot.ts";
import type { Docker } from "./client.ts";
import { outputsIn, type ContainerOutput } from "./lines.ts";

/** What to run. */
export interface OneShot {
  readonly image: string;
  readonly command: readonly string[];
  /** Name or id of an attachable network. */
  readonly network: string;
  readonly labels: Labels;
}

/**
 * Runs a command in a container of its own and hands on what it says, as it says it.
 *
 * Shape: the exit code of the command; the container is removed, also when something fails or the signal fires.
 * Fails: as {@link Docker}; DOCKER_NOT_FOUND when the image or the network is not there.
 */
export async function runOnce(
  docker: Docker,
  shot: OneShot,
  onOutput: (output: ContainerOutput) => void,
  signal: AbortSignal,
): Promise<number> {
  const { id } = await docker.createContainer(
    {
      Image: shot.image,
      // The image's entry point stays: the command is its arguments.
      Cmd: shot.command,
      Labels: shot.labels,
      AttachStdout: true,
      AttachStderr: true,
      HostConfig: { NetworkMode: shot.network },
    },
    signal,
  );
  try {
    // Attached before it starts, so that not even its first line is missed.
    await using stream = await docker.attachContainer(id, signal);
    await docker.startContainer(id, signal);
    for await (const output of outputsIn(stream)) onOutput(output);
    return await docker.waitContainer(id, signal);
  } finally {
    // Not with the caller's signal: it may be the reason why we are here.
    await docker.removeContainer(id);
  }
}
