/**
 * Whether the virtual machine can run here, and the Debian packages it takes.
 */
import { existsSync, readFileSync, statfsSync } from "node:fs";
import { facts, findCommand } from "../lab/facts.ts";
import { cacheDir, LabError, type Log } from "../lab/names.ts";
import { installMissing } from "../lab/packages.ts";
import { guestMegabytes } from "./names.ts";

/** The commands the virtual machine runs beside the lab's, and the Debian package each comes from. */
const commands: Readonly<Record<string, string>> = {
  "qemu-system-x86_64": "qemu-system-x86",
  mke2fs: "e2fsprogs",
  setpriv: "util-linux",
};

const spareMegabytes = 1_000;
const diskMegabytes = 4_000;

/** Installs the packages the virtual machine takes, where they are missing. Throws a LabError when that cannot be done. */
export async function setUp(log: Log): Promise<void> {
  await installMissing(missingPackages, log);
}

/**
 * Why the stories do not run here, in a sentence; undefined when they can, packages included.
 *
 * `INTERLOCK_VM=1` runs them on a kernel that has IPVS too; `INTERLOCK_VM=0` leaves them out where time is short.
 */
export async function obstacle(log: Log): Promise<string | undefined> {
  const wish = process.env["INTERLOCK_VM"];
  if (wish === "0") return "left out, because INTERLOCK_VM=0";
  if (process.platform !== "linux" || process.arch !== "x64") return "needs Linux on x86-64";
  const machine = await facts();
  if (machine.ipvs && wish !== "1") return "not needed: this kernel has IPVS, so the stories of test/e2e run on it";
  if (machine.obstacles[0] !== undefined) return machine.obstacles[0];
  const memory = Number(/^MemAvailable:\s*(\d+) kB/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1] ?? 0) / 1024;
  if (memory < guestMegabytes + spareMegabytes)
    return `needs ${guestMegabytes + spareMegabytes} MB of free memory, here are ${Math.round(memory)}`;
  for (const folder of ["/var/tmp", existsSync(cacheDir) ? cacheDir : "/var"]) {
    const { bavail, bsize } = statfsSync(folder);
    if ((bavail * bsize) / 1e6 < diskMegabytes) return `needs ${diskMegabytes} MB of free disk in ${folder}`;
  }
  try {
    await setUp(log);
  } catch (error) {
    if (error instanceof LabError) return `needs QEMU: ${error.message}`;
    throw error;
  }
  return undefined;
}

function missingPackages(): readonly string[] {
  const missing = Object.keys(commands).filter((name) => findCommand(name) === undefined);
  return [...new Set(missing.map((name) => commands[name] ?? name))].toSorted();
}
