/**
 * The Swarm in the guest: a manager that runs everything, and a worker that is drained, so that it has the routing mesh and no task.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Status } from "../../src/model/status.ts";
import { LabError, type Log } from "../lab/names.ts";
import type { Ran } from "../lab/run.ts";
import { patientImage, savedImages } from "./images.ts";
import { startMachine } from "./machine.ts";
import { guestFiles, nodeCount, subnet } from "./names.ts";

/** A Swarm in a virtual machine. */
export type VmSwarm = {
  /** Runs a script on the manager; never rejects for its status. */
  run(script: string, timeoutMs?: number): Promise<Ran>;
  /** Opens a port of 127.0.0.1 that leads to a port of node `n`. Returns its number. */
  open(n: number, port: number): Promise<number>;
  /** Ends the machine and all that is in it. */
  stop(): Promise<void>;
};

const socket = "/nodes/n1/docker.sock";

/** Shell words of every script: the CLI as the README has it, from the image. */
const prelude = `set -euo pipefail
export DOCKER_HOST=unix://${socket}
interlock() { docker run --rm -i -v /var/run/docker.sock:/var/run/docker.sock ${patientImage.tag} "$@"; }
`;

/** Builds what is missing, starts the machine, makes the Swarm, loads the images: one to two minutes. */
export async function startSwarm(log: Log): Promise<VmSwarm> {
  const images = await savedImages(log);
  const machine = await startMachine(images, log);
  const swarm: VmSwarm = {
    run: (script, timeoutMs) => machine.run(prelude + script, timeoutMs),
    open: (n, port) => machine.forward(`${subnet}.${n}`, port),
    stop: () => machine.stop(),
  };
  try {
    const nodes = readFileSync(join(guestFiles, "nodes.sh"), "utf8");
    await must(machine.run(`set -- ${nodeCount} ${subnet}\n${nodes}`, 300_000));
    log(`vm: ${nodeCount} nodes are one Swarm`);
    const load = "modprobe virtio_blk\ndocker load --quiet < /dev/vda";
    await must(swarm.run(`docker node update --availability drain node2\n${load}`, 600_000));
    log("vm: images loaded");
    return swarm;
  } catch (error) {
    await swarm.stop();
    throw error;
  }
}

async function must(running: Promise<Ran>): Promise<void> {
  const { code, stdout, stderr } = await running;
  if (code !== 0) throw new LabError(`a script in the guest ended with ${code}:\n${stdout}${stderr}`);
}

/** Runs a script on the manager; fails the test when it fails. Returns standard output, trimmed. */
export async function sh(swarm: VmSwarm, script: string, timeoutMs = 120_000): Promise<string> {
  const { code, stdout, stderr } = await swarm.run(script, timeoutMs);
  assert.equal(code, 0, `${script}\n→ ${code}\n${stdout}\n${stderr}`);
  return stdout.trim();
}

/** Asks the manager's engine. With curl: in emulation, starting the docker client takes longer than most answers. */
export async function api<T>(swarm: VmSwarm, path: string): Promise<T> {
  return JSON.parse(await sh(swarm, `curl -sSf -m 60 --unix-socket ${socket} 'http://engine/v1.41${path}'`)) as T;
}

/** What `interlock status --json` says, asked in core's own container: a container less to start. */
export async function statusOf(swarm: VmSwarm): Promise<Status> {
  const script = `core=$(docker ps --quiet --filter label=com.docker.interlock.role=core)
docker exec "$core" interlock status --json --core 127.0.0.1:8080 || [ $? = 1 ]`;
  return JSON.parse(await sh(swarm, script)) as Status;
}

/** What there is to say when a story failed: services, tasks, and the last words of Interlock's containers. */
export async function lastWords(swarm: VmSwarm): Promise<string> {
  const script = `docker service ls
docker service ps --no-trunc --format '{{.Name}} {{.DesiredState}} {{.CurrentState}} {{.Error}}' $(docker service ls --quiet) || true
for id in $(docker ps --all --quiet --filter ancestor=${patientImage.tag}); do
  docker inspect --format '== {{.Name}} {{.State.Status}}' $id
  docker logs --tail 25 $id 2>&1
done`;
  const { stdout, stderr } = await swarm.run(script, 120_000);
  return stdout + stderr;
}
