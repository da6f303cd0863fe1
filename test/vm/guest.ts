/**
 * The guest's disk and kernel, made from Debian packages of the machine's own mirror; made anew when the recipe changes.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { machineMirror } from "../lab/base.ts";
import { withLock } from "../lab/lock.ts";
import type { Log } from "../lab/names.ts";
import { must } from "../lab/run.ts";
import { guestFiles, vmDir } from "./names.ts";

/** Files on this machine. */
export type Guest = { readonly kernel: string; readonly disk: string };

/** Docker 26.1, and the kernel flavour for clouds: a quarter of the size, with IPVS, and NVMe built in, so that no initial RAM disk is needed. */
const suite = "trixie";
const kernelPackage = "linux-image-cloud-amd64";
const packages = ["docker.io", "docker-cli", "iptables", "iproute2", "kmod", "crun", "curl", "openssl", "xz-utils"];
/** Sparse: what the guest does not write takes no room. */
const diskSize = "8G";

/** The guest's kernel and disk out of the cache, made first when they are not there (about 40 s). Nobody writes to them afterwards. */
export async function guest(log: Log): Promise<Guest> {
  const recipe = recipeOf(machineMirror());
  const folder = join(vmDir, `guest-${recipe.hash}`);
  const made: Guest = { kernel: join(folder, "vmlinuz"), disk: join(folder, "disk.ext4") };
  await withLock("vm-guest", async () => {
    if (existsSync(folder)) return;
    const began = performance.now();
    log(`guest: making it from Debian ${suite} (about 40 s)`);
    await make(recipe.argv, folder);
    forgetOthers(folder);
    log(`guest: made (${((performance.now() - began) / 1000).toFixed(0)} s)`);
  });
  return made;
}

type Recipe = { readonly hash: string; readonly argv: readonly string[] };

/** The command that makes the root file system; `OUT` stands for its folder. */
function recipeOf(mirror: string): Recipe {
  const init = join(guestFiles, "init");
  const argv = [
    ..."mmdebstrap --variant=minbase --mode=root --format=directory --quiet".split(" "),
    // A test machine's clock may be anywhere.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    '--aptopt=Acquire::Check-Date "false"',
    '--aptopt=APT::Install-Recommends "false"',
    ...["doc", "man", "locale"].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
    `--include=${packages.join(",")}`,
    // Unpacked, not installed: installing a kernel would bring the tools that make initial RAM disks, and run them.
    '--customize-hook=mkdir "$1/kernel" && cd "$1/kernel" && export APT_CONFIG=$MMDEBSTRAP_APT_CONFIG && ' +
      `apt-get -qq -o APT::Sandbox::User=root download $(apt-cache depends ${kernelPackage} | sed -n 's/^ *Depends: \\(linux-image-[0-9].*\\)/\\1/p' | head -n1) && ` +
      'dpkg-deb -x *.deb "$1" && cd / && rm -r "$1/kernel"',
    // Here, because unpacking modules takes the emulated processor seconds.
    '--customize-hook=chroot "$1" sh -c "find /usr/lib/modules -name \'*.ko.xz\' -exec xz -d {} + && depmod $(ls "$1/usr/lib/modules")"',
    `--customize-hook=copy-in ${init} /`,
    '--customize-hook=mkdir "$1/nodes"; rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*',
    suite,
    "OUT",
    `deb ${mirror}/debian ${suite} main`,
    `deb ${mirror}/debian ${suite}-updates main`,
    `deb ${mirror}/debian-security ${suite}-security main`,
  ];
  // Where the tree lies does not matter, what the guest runs first does.
  const words = argv.filter((word) => !word.includes(init));
  const hash = createHash("sha256").update(JSON.stringify(words)).update(diskSize).update(readFileSync(init));
  return { hash: hash.digest("hex").slice(0, 16), argv };
}

async function make(argv: readonly string[], folder: string): Promise<void> {
  const half = `${folder}.half`;
  const root = join(half, "root");
  await must(["rm", "-rf", "--one-file-system", half]);
  mkdirSync(half, { recursive: true });
  const command = argv.map((word) => (word === "OUT" ? root : word));
  await must(command, { env: { TMPDIR: half }, timeoutMs: 900_000 });
  const [kernel = ""] = readdirSync(join(root, "boot")).filter((name) => name.startsWith("vmlinuz-"));
  renameSync(join(root, "boot", kernel), join(half, "vmlinuz"));
  // No journal: the disk never outlives a crash of its machine.
  const ext4 = "mke2fs -q -F -t ext4 -O ^has_journal -m 0 -i 32768".split(" ");
  await must([...ext4, "-d", root, join(half, "disk.ext4"), diskSize], { timeoutMs: 300_000 });
  await must(["rm", "-rf", "--one-file-system", root]);
  writeFileSync(join(half, "kernel"), `${kernel}\n`);
  renameSync(half, folder);
}

function forgetOthers(folder: string): void {
  for (const name of readdirSync(vmDir)) {
    const other = join(vmDir, name);
    if (name.startsWith("guest-") && other !== folder) rmSync(other, { recursive: true, force: true });
  }
}
