/**
 * A process in the image's files: a layer in memory over them, the tree's sources, namespaces of its own.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

const tree = join(import.meta.dirname, "../..");

/** The folder with the image's files; `make test` says where. */
const imageRoot: string | undefined = process.env["INTERLOCK_IMAGE_ROOT"];

/** Why tests with a real nginx cannot run here, or false when they can. */
export const skipReason: string | false = whyNot();

/** A group of tests with a real nginx; where it cannot run, it is one skipped test of that name. */
export function describeNginx(name: string, body: () => void): void {
  if (skipReason === false) describe(name, body);
  else test(name, { skip: skipReason }, () => {});
}

function whyNot(): string | false {
  if (process.platform !== "linux") return "needs Linux: a real nginx runs in namespaces";
  if (process.getuid?.() !== 0) return "needs root: a real nginx runs in namespaces";
  if (imageRoot === undefined) return "needs the image's files: set INTERLOCK_IMAGE_ROOT (make test does)";
  return existsSync(join(imageRoot, "usr/sbin/nginx")) ? false : `INTERLOCK_IMAGE_ROOT has no nginx: ${imageRoot}`;
}

/**
 * Starts a command as user nginx, or as `runAs`. `runFolder` becomes `/run/interlock`; both outputs go to the file `transcript`.
 *
 * Why setpriv and --kill-child: when this process dies, however it dies, the kernel ends unshare, with it the shell inside, and with
 * that the namespace. The shell stays, because the kernel forgets such a promise when a process changes its user.
 * Why a file: nginx opens /dev/stdout anew, which fails for the sockets that Node makes of pipes.
 */
export function startInRoot(
  argv: readonly string[],
  runFolder: string,
  transcript: string,
  namespaces: readonly string[] = [],
  runAs: string = "101:101",
): ChildProcess {
  const output = openSync(transcript, "a", 0o666);
  const unshare = ["unshare", "--mount", "--pid", ...namespaces, "--fork", "--kill-child=SIGKILL"];
  const inside = [...unshare, "bash", "-c", script, "-", ...argv];
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...inside], {
    stdio: ["ignore", output, output],
    env: {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      ROOT: imageRoot,
      SOURCES: join(tree, "src"),
      RUN_FOLDER: runFolder,
      RUN_AS: runAs,
    },
  });
  closeSync(output);
  return child;
}

/** Runs a command to its end, with a network of its own, and returns its exit code. */
export async function runInRoot(argv: readonly string[], runFolder: string, transcript: string): Promise<number> {
  const child = startInRoot(argv, runFolder, transcript, ["--net"]);
  await once(child, "exit");
  return child.exitCode ?? 137;
}

/** /mnt is covered in this mount namespace only. What the image lets user nginx write is given to it here too, so that any Debian root with nginx will do. */
const script = `
set -eu
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o "lowerdir=$ROOT,upperdir=/mnt/upper,workdir=/mnt/work" /mnt/root
cd /mnt/root
mkdir -p run/interlock usr/lib/interlock/src
chown 101:101 run var/lib/nginx var/log/nginx
mount --bind "$RUN_FOLDER" run/interlock
mount --bind "$SOURCES" usr/lib/interlock/src
mount --rbind /dev dev
mount -t proc proc proc
# As in a container: low ports for anybody.
[ "$(readlink /proc/1/ns/net)" = "$(readlink proc/1/ns/net)" ] || echo 0 > proc/sys/net/ipv4/ip_unprivileged_port_start
chroot --userspec="$RUN_AS" . "$@"
exit $?
`;
