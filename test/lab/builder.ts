/**
 * A throw-away engine that builds images. It lives in the root network namespace, so that builds reach package mirrors, and touches
 * neither bridges nor the firewall. Its layers stay in the cache: what did not change is not built again.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findCommand } from "./facts.ts";
import { cacheDir, type Log, stateDir, subnet } from "./names.ts";
import { engineAnswers } from "./node.ts";
import { alive, processes, signal } from "./processes.ts";
import { must, run, startDetached, waitUntil } from "./run.ts";

/** The builder's socket. */
export const builderSocket: string = join(stateDir, "builder.sock");

const data = join(cacheDir, "builder");
const mostMegabytes = 8_000;

/** The environment that points the docker client at the builder. The classic builder: every engine has it, without a plugin. */
export const builderEnvironment: NodeJS.ProcessEnv = { DOCKER_HOST: `unix://${builderSocket}`, DOCKER_BUILDKIT: "0" };

/** Starts the builder unless it runs, and waits until it answers. Returns true when it was started by this call. */
export async function startBuilder(log: Log): Promise<boolean> {
  if (builderPid() !== undefined && (await engineAnswers(builderSocket))) return false;
  await stopBuilder();
  await keepSmall(log);
  mkdirSync(stateDir, { recursive: true });
  mkdirSync(data, { recursive: true });
  const script = join(stateDir, "builder.sh");
  const logFile = join(stateDir, "builder.log");
  rmSync(builderSocket, { force: true });
  writeFileSync(script, builderScript(), { mode: 0o755 });
  log("builder: starting");
  startDetached(["unshare", "--mount", "--propagation", "private", "/bin/bash", script], logFile);
  await waitUntil(`the builder to answer (log: ${logFile})`, 60_000, () => engineAnswers(builderSocket));
  return true;
}

/** Ends the builder: SIGTERM, so that its database of layers is closed well, and SIGKILL after fifteen seconds. */
export async function stopBuilder(): Promise<void> {
  const pid = builderPid();
  if (pid === undefined) return;
  signal(pid, "SIGTERM");
  try {
    await waitUntil("the builder to end", 15_000, () => !alive(pid));
  } catch {
    signal(pid, "SIGKILL");
  }
}

function builderScript(): string {
  // Only what another engine of the machine would share with us is hidden: its containerd, and its configuration.
  return `#!/bin/bash
set -eu
[ ! -d /run/containerd ] || mount -t tmpfs tmpfs /run/containerd
[ ! -d /etc/docker ] || mount -t tmpfs tmpfs /etc/docker
exec ${findCommand("dockerd") ?? "dockerd"} -H unix://${builderSocket} --data-root=${data} --exec-root=${stateDir}/builder-run \\
  --pidfile=${stateDir}/builder.pid --bridge=none --iptables=false --ip6tables=false --storage-driver=overlay2 \\
  --exec-opt=native.cgroupdriver=cgroupfs --cgroup-parent=/interlock-lab-builder \\
  --insecure-registry=${subnet}.0/24 --log-level=warn
`;
}

function builderPid(): number | undefined {
  return processes().find(
    (one) => one.argv[0]?.endsWith("dockerd") === true && one.argv.includes(`--data-root=${data}`),
  )?.pid;
}

/** Layers only grow: beyond a bound, start from nothing. */
async function keepSmall(log: Log): Promise<void> {
  if (!existsSync(data)) return;
  const ran = await run(["du", "-sm", data]);
  if (Number.parseInt(ran.stdout, 10) < mostMegabytes) return;
  log(`builder: its layers passed ${mostMegabytes} MB; starting with none`);
  await must(["rm", "-rf", "--one-file-system", data]);
}
