/**
 * Proxies that are one program written in Go: an image of nothing else, and a service beside the Docker socket, on the network of the
 * applications, published in host mode.
 */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "../../test/e2e/enabled.ts";
import { resetSwarm } from "../../test/e2e/reset.ts";
import { get, sh, until } from "../../test/e2e/swarm.ts";
import type { Lab } from "../../test/lab/lab.ts";
import { type At, type Contender, network } from "./contender.ts";

const port = 8080;

/** Makes an image of a program that needs no libraries, and pushes it. */
export async function pushProgram(lab: Lab, program: string, tag: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "interlock-bench-"));
  try {
    copyFileSync(program, join(folder, "program"));
    writeFileSync(join(folder, "Dockerfile"), 'FROM scratch\nCOPY program /program\nENTRYPOINT ["/program"]\n');
    await lab.buildAndPush(join(folder, "Dockerfile"), folder, tag);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Empties the Swarm, starts the image there and waits until it serves a first application. `words` are more of `docker service create`. */
export async function startProgram(
  lab: Lab,
  tag: string,
  { words, args, labels }: { words: string; args: string; labels: Contender["labels"] },
): Promise<At> {
  await resetSwarm(lab);
  await until("the network", 30_000, async () => await sh(lab, `docker network create --driver overlay ${network}`));
  await sh(
    lab,
    `docker service create --quiet --name bench-proxy --constraint node.hostname==node1 --network ${network} \
--mount type=bind,source=/var/run/docker.sock,target=/var/run/docker.sock \
--publish mode=host,published=${port},target=80 ${words} ${tag} ${args}`,
  );
  await createApp(lab, "first", labels("first.local"));
  const { address } = lab.node(1);
  await until("the first application to be served", 120_000, async () => {
    const { status } = await get(address, port, "first.local", "/ping");
    return status === 200;
  });
  return { address, port, sslPort: 0 };
}
