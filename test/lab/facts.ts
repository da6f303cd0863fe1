/**
 * What this machine can do. Tests ask here whether they can run, and say by name why not.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./run.ts";

/** What this machine can do. */
export type Facts = {
  readonly linux: boolean;
  readonly root: boolean;
  /** Commands the lab needs and the machine does not have. */
  readonly missingCommands: readonly string[];
  /** Whether the kernel balances service VIPs and the ingress mesh. Without it, publish in host mode. */
  readonly ipvs: boolean;
  /** Why the lab cannot run here, each a sentence; empty when it can. */
  readonly obstacles: readonly string[];
};

/** The commands the lab runs, and the Debian package each comes from. */
export const commands: Readonly<Record<string, string>> = {
  dockerd: "docker.io",
  docker: "docker.io",
  containerd: "containerd",
  "docker-registry": "docker-registry",
  mmdebstrap: "mmdebstrap",
  ip: "iproute2",
  iptables: "iptables",
  nsenter: "util-linux",
  unshare: "util-linux",
  setpriv: "util-linux",
  mount: "mount",
  curl: "curl",
  openssl: "openssl",
};

/** Looks at the machine. Loads the `ip_vs` module if there is one, as dockerd itself would. */
export async function facts(): Promise<Facts> {
  const linux = process.platform === "linux";
  const root = process.getuid?.() === 0;
  const missingCommands = Object.keys(commands).filter((name) => findCommand(name) === undefined);
  const obstacles = [
    ...(linux ? [] : ["the lab needs Linux (network namespaces)"]),
    ...(root ? [] : ["the lab needs root (namespaces and mounts)"]),
    ...(linux && root && !hasCgroups() ? ["the lab needs cgroups mounted on /sys/fs/cgroup"] : []),
    ...(missingCommands.length > 0
      ? [`the lab needs the commands ${missingCommands.join(", ")} (\`node test/lab/cli.ts setup\`)`]
      : []),
  ];
  return { linux, root, missingCommands, ipvs: linux && root && (await hasIpvs()), obstacles };
}

/** The full path of a command, looked for in PATH and in the folders that a user's PATH lacks. */
export function findCommand(name: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

async function hasIpvs(): Promise<boolean> {
  if (existsSync("/proc/net/ip_vs")) return true;
  if (findCommand("modprobe") !== undefined) await run(["modprobe", "-q", "ip_vs"], { timeoutMs: 10_000 });
  return existsSync("/proc/net/ip_vs");
}

function hasCgroups(): boolean {
  const mounts = readFileSync("/proc/mounts", "utf8");
  return / \/sys\/fs\/cgroup\S* cgroup2? /.test(mounts) && readdirSync("/sys/fs/cgroup").length > 0;
}
