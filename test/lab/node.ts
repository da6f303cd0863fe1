/**
 * One node: a "machine" made of namespaces (network, mounts, host name, processes) with a Docker Engine in it.
 *
 * The machine is a process of its own, the first of its pid namespace: it survives the engine, and when it is killed the kernel
 * ends everything in it at once, like a power cut.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findCommand } from "./facts.ts";
import { LabError, type NodeNames, registryAddress, servicesAddress, subnet } from "./names.ts";
import { setCable } from "./network.ts";
import { alive, innerPid, processes, signal } from "./processes.ts";
import { must, run, startDetached, waitUntil } from "./run.ts";

/** A node and what can be done to it. Every operation returns when it is done, and throws a LabError when it is not done in time. */
export type LabNode = {
  /** `n1`, `n2`, …: the name on the lab's command line. */
  readonly name: string;
  /** As `docker node ls` shows it: `node1`, `node2`, … */
  readonly hostname: string;
  /** IPv4 address, reachable from the machine and from every node. */
  readonly address: string;
  /** Path of the engine's socket on the machine's file system. */
  readonly dockerSocket: string;
  readonly names: NodeNames;
  /** Starts the engine (and the machine, if it is off) and waits until the engine answers. */
  start(): Promise<void>;
  /** Ends the engine with SIGTERM, as systemd would. Its containers end. */
  stop(): Promise<void>;
  /** Ends the engine with SIGKILL. Its containers run on, as they do in life, until it starts again. */
  kill(): Promise<void>;
  /** Cuts the power: engine and containers are gone in one moment. */
  powerOff(): Promise<void>;
  /** Unplugs the network cable; the node runs on, alone. */
  cutOff(): Promise<void>;
  /** Plugs the network cable in again. */
  heal(): Promise<void>;
};

/** The handle of node `names`; does nothing by itself. */
export function labNode(names: NodeNames): LabNode {
  return {
    name: `n${names.number}`,
    hostname: names.hostname,
    address: names.address,
    dockerSocket: names.dockerSocket,
    names,
    start: () => start(names),
    stop: async () => {
      await endEngine(names, "SIGTERM", 40_000);
    },
    kill: async () => {
      await endEngine(names, "SIGKILL", 10_000);
    },
    powerOff: async () => {
      const pid = machinePid(names);
      if (pid === undefined) return;
      signal(pid, "SIGKILL");
      await waitUntil(`${names.hostname} to be off`, 10_000, () => !alive(pid));
      // The kernel of a machine that is off has forgotten the connections it translated. Where ours remembers them, a client that uses a port
      // again is led astray, and reset.
      await must(["nsenter", `--net=/run/netns/${names.namespace}`, "--", "perl", "-e", forgetConnections]);
    },
    cutOff: () => setCable(names, false),
    heal: () => setCable(names, true),
  };
}

/**
 * What `conntrack --flush` does, which not every machine has: one message of netlink, and the answer to it.
 * Source: linux/netfilter/nfnetlink_conntrack.h, IPCTNL_MSG_CT_DELETE; perl is essential in Debian.
 */
const forgetConnections = `socket(my $s, 16, 3, 12) or die "netlink: $!";
send($s, pack("LSSLLCCn", 20, 0x102, 5, 1, 0, 2, 0, 0), 0) or die "netlink: $!";
recv($s, my $answer, 4096, 0);
my $error = unpack("l", substr($answer, 16, 4));
die "connections are not forgotten: $error" if $error;`;

/** The pid of the node's first process; undefined when the machine is off. */
export function machinePid(names: NodeNames): number | undefined {
  const script = join(names.folder, "machine.sh");
  return processes().find((one) => one.argv[1] === script && innerPid(one.pid) === 1)?.pid;
}

/** The pid of the node's dockerd; undefined when it does not run. */
export function enginePid(names: NodeNames): number | undefined {
  const host = `unix://${names.dockerSocket}`;
  return processes().find((one) => one.argv[0]?.endsWith("dockerd") === true && one.argv.includes(host))?.pid;
}

/** True when the engine behind a socket answers. */
export async function engineAnswers(socket: string): Promise<boolean> {
  if (!existsSync(socket)) return false;
  const ran = await run(["curl", "-sf", "-m", "5", "--unix-socket", socket, "http://engine/_ping"], {
    timeoutMs: 6_000,
  });
  return ran.stdout.trim() === "OK";
}

async function start(names: NodeNames): Promise<void> {
  if (names.dockerSocket.length > 100)
    throw new LabError(`${names.dockerSocket} is too long for a socket: choose a shorter INTERLOCK_LAB`);
  if (machinePid(names) === undefined) await startMachine(names);
  const machine = machinePid(names);
  if (machine === undefined)
    throw new LabError(`${names.hostname} ended again at once: see ${names.folder}/machine.log`);
  if (enginePid(names) === undefined) {
    rmSync(names.dockerSocket, { force: true });
    const enter = ["nsenter", "--target", String(machine), "--mount", "--uts", "--net", "--pid", "--"];
    startDetached([...enter, ...apart(names), ...engineCommand(names)], join(names.folder, "engine.log"));
  }
  await waitUntil(`the engine of ${names.hostname} to answer (log: ${names.folder}/engine.log)`, 60_000, () =>
    engineAnswers(names.dockerSocket),
  );
}

async function startMachine(names: NodeNames): Promise<void> {
  for (const part of ["data", "etc-docker"]) mkdirSync(join(names.folder, part), { recursive: true });
  const script = join(names.folder, "machine.sh");
  writeFileSync(join(names.folder, "resolv.conf"), `nameserver ${servicesAddress}\n`);
  writeFileSync(join(names.folder, "hosts"), `127.0.0.1 localhost\n${names.address} ${names.hostname}\n`);
  writeFileSync(script, machineScript(names), { mode: 0o755 });
  const inside = ["unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child=SIGKILL", "/bin/bash", script];
  // The script's last act before it sleeps is this file, seen on the real file system.
  const ready = join(names.folder, "machine.ready");
  rmSync(ready, { force: true });
  startDetached(["nsenter", `--net=/run/netns/${names.namespace}`, "--", ...inside], join(names.folder, "machine.log"));
  await waitUntil(`${names.hostname} to come up (log: ${names.folder}/machine.log)`, 15_000, () => existsSync(ready));
}

/**
 * What the first process of a node does: its own /proc, /sys (of its network namespace, with the control groups bound back), /run and
 * the files of /etc that differ from node to node; then it reaps what is left to it, as an init must.
 */
function machineScript(names: NodeNames): string {
  const folder = names.folder;
  return `#!/bin/bash
set -eu
echo ${names.hostname} > /proc/sys/kernel/hostname
mount --make-rprivate /
mount -t proc proc /proc
mount -t sysfs sysfs /mnt
mount --rbind /sys/fs/cgroup /mnt/fs/cgroup
mount --move /mnt /sys
resolv=$(readlink -m /etc/resolv.conf)
mount -t tmpfs tmpfs /run
mkdir -p /run/netns /run/lock "$(dirname "$resolv")"
[ -e "$resolv" ] || : > "$resolv"
mount --bind ${folder}/resolv.conf "$resolv"
mount --bind ${folder}/hosts /etc/hosts
mkdir -p /etc/docker
mount --bind ${folder}/etc-docker /etc/docker
: > ${folder}/machine.ready
set +e
while :; do sleep 1000000 & wait; done
`;
}

/**
 * Before the engine's command: a control group of its own. Together the containers of a node weigh eight times as much.
 *
 * Why: a group of containers beside loose processes weighs as much as one of their threads, and an engine that starts ten containers has
 * fifty. nginx got a hundredth of a processor then. In life each container weighs as much as its engine.
 */
function apart(names: NodeNames): readonly string[] {
  const script = `for top in /sys/fs/cgroup/cpu /sys/fs/cgroup; do
  [ -e "$top/cgroup.procs" ] || continue
  mkdir -p "$top$1" "$top$1-engine"
  echo 0 > "$top$1-engine/cgroup.procs"
  { echo 8192 > "$top$1/cpu.shares" || echo 800 > "$top$1/cpu.weight"; } 2> /dev/null
  break
done
shift
exec "$@"`;
  return ["/bin/bash", "-c", script, "engine", names.cgroup];
}

function engineCommand(names: NodeNames): readonly string[] {
  return [
    findCommand("dockerd") ?? "dockerd",
    "-H",
    `unix://${names.dockerSocket}`,
    // Where services on the node expect it: /run is the node's own.
    "-H",
    "unix:///var/run/docker.sock",
    `--data-root=${names.folder}/data`,
    "--exec-root=/run/docker",
    "--pidfile=/run/docker.pid",
    "--storage-driver=overlay2",
    "--exec-opt=native.cgroupdriver=cgroupfs",
    `--cgroup-parent=${names.cgroup}`,
    `--registry-mirror=http://${registryAddress}`,
    `--insecure-registry=${subnet}.0/24`,
    "--log-level=warn",
  ];
}

async function endEngine(names: NodeNames, how: "SIGTERM" | "SIGKILL", timeoutMs: number): Promise<void> {
  const pid = enginePid(names);
  if (pid === undefined) return;
  signal(pid, how);
  await waitUntil(`the engine of ${names.hostname} to end after ${how}`, timeoutMs, () => !alive(pid));
}
