/**
 * Proxies that are one program written in Go: an image of nothing else, and a service beside the Docker socket, on the network of the
 * applications, published in host mode.
 */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp, emptySwarm } from "../../test/e2e/enabled.ts";
import { get, sh, until } from "../../test/e2e/swarm.ts";
import type { Lab } from "../../test/lab/lab.ts";
import { type At, type Contender, network } from "./contender.ts";

const port = 8080;

/** What differs from program to program. */
export interface Program extends Pick<Contender, "name" | "title" | "periodMs" | "version" | "labels"> {
  /** Builds it where it is not there yet; why it cannot be, or false. */
  readonly build: () => Promise<string | false>;
  /** Where it is then; it needs no libraries. */
  readonly path: string;
  /** What it is started with. */
  readonly args: string;
  /** More words of `docker service create`. */
  readonly words?: string;
}

/** A program as one of those that are measured; skipped where it is not built yet and cannot be. */
export function fromGo(program: Program): Contender {
  const { name, title, periodMs, version, labels, build, path } = program;
  const tag = `bench/${name}:dev`;
  const prepare = async (lab: Lab): Promise<string | false> => {
    const why = await build();
    if (why === false) await push(lab, path, tag);
    return why;
  };
  return { name, title, periodMs, version, labels, prepare, start: async (lab) => await start(lab, tag, program) };
}

async function push(lab: Lab, path: string, tag: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "interlock-bench-"));
  try {
    copyFileSync(path, join(folder, "program"));
    writeFileSync(join(folder, "Dockerfile"), 'FROM scratch\nCOPY program /program\nENTRYPOINT ["/program"]\n');
    await lab.buildAndPush(join(folder, "Dockerfile"), folder, tag);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function start(lab: Lab, tag: string, { words = "", args, labels }: Program): Promise<At> {
  await emptySwarm(lab);
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
