/**
 * QEMU as a process: what it is told, and the folder with its sockets and logs.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LabError } from "../lab/names.ts";
import { alive } from "../lab/processes.ts";
import { waitUntil } from "../lab/run.ts";
import { channels, guestMegabytes, longestLifeS, subnet } from "./names.ts";

/** QEMU, started. */
export type Qemu = {
  /** The path of one of its sockets, once it is there: `monitor`, or `port1` and up for the guest's serial ports. */
  socket(name: string): Promise<string>;
  /** What QEMU and the guest's kernel said last. */
  said(): string;
  /** Ends it at once, and removes its folder. */
  stop(): Promise<void>;
};

const folderPrefix = "interlock-vm-";

/**
 * Starts QEMU with a guest's kernel and disk, and a file the guest sees as `/dev/vda`. It writes to neither.
 * It ends with this process, whatever ends that.
 */
export function startQemu(kernel: string, disk: string, images: string): Qemu {
  const folder = makeFolder();
  // What the guest writes to its disk goes to a file without a name in TMPDIR; /tmp may be memory.
  const env = { ...process.env, TMPDIR: "/var/tmp" };
  const [command = "", ...rest] = qemuCommand(folder, kernel, disk, images);
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"], env });
  const log = createWriteStream(join(folder, "qemu.log"));
  child.on("error", () => {}); // whoever waits for its sockets reports it
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  const said = (): string =>
    ["qemu.log", "console.log"]
      .map((name) => join(folder, name))
      .flatMap((file) => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").slice(-8) : []))
      .join("\n  ");
  return {
    socket: async (name) => {
      const path = join(folder, name);
      await waitUntil("QEMU's sockets", 20_000, () => existsSync(path) || hasEnded(child));
      if (!existsSync(path)) throw new LabError("QEMU did not start");
      return path;
    },
    said,
    stop: async () => {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function qemuCommand(folder: string, kernel: string, disk: string, images: string): readonly string[] {
  const ports = Array.from({ length: channels }, (_, index) => index + 1).map((n) => [
    "-chardev",
    `socket,id=port${n},path=${folder}/port${n},server=on,wait=off`,
    "-device",
    `virtserialport,chardev=port${n},nr=${n}`,
  ]);
  return [
    ["setpriv", "--pdeathsig", "SIGKILL", "qemu-system-x86_64"],
    ["-M", "pc", "-accel", "tcg,thread=multi,tb-size=1024", "-smp", "2", "-m", String(guestMegabytes)],
    // The plainest processor: programs use vector instructions where they find them, and each of those is a function call in emulation.
    ["-cpu", "qemu64"],
    ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ["-kernel", kernel, "-append", kernelArguments],
    ["-drive", `if=none,id=disk,file=${disk},format=raw,snapshot=on`, "-device", "nvme,drive=disk,serial=disk"],
    ["-drive", `if=virtio,file=${images},format=raw,readonly=on`],
    ["-device", "virtio-rng-pci"],
    // Restricted: what is forwarded comes in, nothing goes out.
    ["-netdev", `user,id=net,restrict=on,ipv6=off,net=${subnet}.0/24,host=${subnet}.254,dns=${subnet}.253`],
    ["-device", "virtio-net-pci,netdev=net,romfile="],
    ["-serial", `file:${folder}/console.log`],
    ["-qmp", `unix:${folder}/monitor,server=on,wait=off`],
    ["-device", "virtio-serial-pci"],
    ...ports,
  ].flat();
}

const kernelArguments = [
  "console=ttyS0 quiet loglevel=4 panic=-1",
  "root=/dev/nvme0n1 rw init=/init",
  "mitigations=off nokaslr tsc=reliable random.trust_cpu=on audit=0 apparmor=0",
  // What the kernel does not know it hands to init, as variables.
  `vm_seconds=${longestLifeS} vm_ports=${channels}`,
].join(" ");

/** A folder named after this process. Those of processes that were killed are removed. */
function makeFolder(): string {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(folderPrefix) || alive(Number(name.slice(folderPrefix.length)))) continue;
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
  const folder = join(tmpdir(), `${folderPrefix}${process.pid}`);
  mkdirSync(folder, { mode: 0o700 });
  return folder;
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}
