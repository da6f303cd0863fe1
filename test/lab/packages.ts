/**
 * The Debian packages the lab needs, and how the missing ones get here without starting a service.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { commands, findCommand } from "./facts.ts";
import { LabError, type Log } from "./names.ts";
import { must } from "./run.ts";

const policyFile = "/usr/sbin/policy-rc.d";
const cgroupRoot = "/sys/fs/cgroup";

/** The packages this machine lacks, sorted; empty when the lab can run. */
export function missingPackages(): readonly string[] {
  const missing = new Set<string>();
  for (const [command, name] of Object.entries(commands)) if (findCommand(command) === undefined) missing.add(name);
  if (!existsSync("/usr/share/keyrings/debian-archive-keyring.gpg")) missing.add("debian-archive-keyring");
  if (!existsSync("/etc/ssl/certs/ca-certificates.crt")) missing.add("ca-certificates");
  // The contract tests make an image of it; a busybox that is not static would not run alone. Every package has this folder.
  if (!existsSync("/usr/share/doc/busybox-static")) missing.add("busybox-static");
  // With AppArmor in the kernel, an engine wants its parser before it starts a container.
  if (flag("/sys/module/apparmor/parameters/enabled") && findCommand("apparmor_parser") === undefined)
    missing.add("apparmor");
  // Trixie split the client off docker.io, which only recommends it.
  if (findCommand("docker") === undefined && debianMajor() >= 13) missing.add("docker-cli");
  return [...missing].toSorted();
}

/** Installs what {@link missingPackages} lists with apt-get. No service is started. Returns what was installed. */
export async function installPackages(log: Log): Promise<readonly string[]> {
  return installMissing(missingPackages, log);
}

/** Installs what `list` says is missing with apt-get, and asks it once more afterwards. No service is started. Returns what was installed. */
export async function installMissing(list: () => readonly string[], log: Log): Promise<readonly string[]> {
  const missing = list();
  if (missing.length === 0) {
    log("packages: all there");
    return missing;
  }
  if (process.getuid?.() !== 0)
    throw new LabError(`these packages are missing, and installing them needs root: ${missing.join(" ")}`);
  if (findCommand("apt-get") === undefined) throw new LabError(`no apt-get here; please install: ${missing.join(" ")}`);
  log(`packages: installing ${missing.join(" ")}`);
  // policy-rc.d answering 101 is Debian's way of saying "start nothing" (invoke-rc.d(8), deb-systemd-invoke(1)).
  const ours = !existsSync(policyFile);
  if (ours) writeFileSync(policyFile, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    const env = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
    const quiet = ["-q", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=120"];
    await must(["apt-get", ...quiet, "update"], { env, timeoutMs: 300_000 });
    await must(["apt-get", ...quiet, "install", "-y", "--no-install-recommends", ...missing], {
      env,
      timeoutMs: 900_000,
      log: (line) => {
        if (/^(Setting up|E:)/.test(line)) log(`packages: ${line}`);
      },
    });
  } finally {
    if (ours) rmSync(policyFile, { force: true });
  }
  const still = list();
  if (still.length > 0) throw new LabError(`apt-get went through, yet these are still missing: ${still.join(" ")}`);
  if (!existsSync(cgroupRoot)) log(`packages: note: ${cgroupRoot} is not mounted; engines will not start`);
  return missing;
}

function flag(file: string): boolean {
  return existsSync(file) && readFileSync(file, "utf8").startsWith("Y");
}

function debianMajor(): number {
  const version = existsSync("/etc/debian_version") ? readFileSync("/etc/debian_version", "utf8").trim() : "";
  const known: Readonly<Record<string, number>> = { "trixie/sid": 13, "forky/sid": 14 };
  return known[version] ?? Number.parseInt(version, 10);
}
