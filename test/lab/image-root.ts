/**
 * The image's own files as a folder, and processes run in it without an engine: behaviour tests use the very nginx, Lua and Node that ship.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fchmodSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { baseRecipe } from "./base.ts";
import { builderEnvironment } from "./builder.ts";
import { build, interlockImage, withBuilder } from "./images.ts";
import { withLock } from "./lock.ts";
import { cacheDir, LabError, type Log, treeDir } from "./names.ts";
import { alive, signal } from "./processes.ts";
import { must, type Ran } from "./run.ts";

const rootsDir = join(cacheDir, "roots");

/** Where the sources live in the image. */
export const imageSourceDir = "/usr/lib/interlock/src";

/**
 * The folder that holds the built image's files, made when its inputs changed: the Dockerfile and its helpers, the packages, the base images.
 * `src/` is not an input, because {@link runInImageRoot} puts the working tree's over it. Read only: runs get a layer of their own.
 */
export async function imageRoot(log: Log = () => {}): Promise<string> {
  const root = join(rootsDir, inputsHash());
  const done = `${root}.done`;
  if (!existsSync(done)) {
    await withLock("image-root", async () => {
      if (existsSync(done)) return; // another test was faster
      await withBuilder(log, async () => {
        const id = await build(interlockImage, log);
        await unpack(id, root);
      });
      closeSync(openSync(done, "w"));
      forgetOldRoots(root);
    });
  }
  const now = new Date();
  utimesSync(done, now, now);
  return root;
}

/** How a command runs in the image's files. */
export type InImageOptions = {
  /** Folders or files of the machine put into the root: path inside (made if missing) to path outside, writable. */
  readonly binds?: Readonly<Record<string, string>>;
  /** `uid:gid`, by number or name; a name alone stands for both. Default root. */
  readonly user?: string;
  /** Its environment, besides PATH and HOME; nothing is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files its output is appended to; default none. Files, because nginx reopens /dev/stdout and Node's pipes are sockets, which cannot be. */
  readonly stdout?: string;
  readonly stderr?: string;
  /** Working folder inside; default `/`. */
  readonly cwd?: string;
  /** Path of a network namespace (`/run/netns/...`); default the machine's own network. */
  readonly netns?: string;
};

/** A process in the image's files. `await using` ends it. */
export type InImage = AsyncDisposable & {
  /** Its pid as the machine sees it; undefined until it runs and after it ended. */
  pid(): number | undefined;
  /** Sends it a signal. It is the first process of its pid namespace: signals it does not handle are ignored, SIGKILL excepted. */
  signal(name: NodeJS.Signals): void;
  /** Settles when it has ended. */
  readonly ended: Promise<{ readonly code: number | undefined; readonly signal: NodeJS.Signals | undefined }>;
  /** Ends it, and everything it started, at once. */
  end(): Promise<void>;
};

/**
 * Starts a command in the image's files, in mount and process namespaces of its own: what it writes is gone with it, and it (with all it started)
 * is gone when this process is, however that ends. The working tree's `src/` lies over the image's. Network: the machine's own.
 */
export async function runInImageRoot(
  argv: readonly string[],
  options: InImageOptions = {},
  log: Log = () => {},
): Promise<InImage> {
  const root = await imageRoot(log);
  const out = openOutput(options.stdout);
  const err = options.stderr === options.stdout ? out : openOutput(options.stderr);
  // setpriv: when we die, the kernel kills unshare; --kill-child: when unshare dies, the kernel kills the first process of its
  // namespace, and with it the namespace.
  const enter = options.netns === undefined ? [] : ["nsenter", `--net=${options.netns}`, "--"];
  const wrapped = [
    ...enter,
    "unshare",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child=SIGKILL",
    "bash",
    "-c",
    insideScript(root, options),
    "-",
    ...argv,
  ];
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...wrapped], {
    stdio: ["ignore", out, err],
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", ...options.env },
  });
  closeSync(out);
  if (err !== out) closeSync(err);
  return handle(child);
}

/** Runs a command in the image's files to its end (`nginx -t`) and returns what it said. */
export async function execInImageRoot(
  argv: readonly string[],
  options: InImageOptions = {},
  timeoutMs = 30_000,
): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), "il-exec-"));
  const files = { stdout: join(folder, "out"), stderr: join(folder, "err") };
  try {
    await using running = await runInImageRoot(argv, { ...options, ...files });
    const timer = setTimeout(() => void running.end(), timeoutMs);
    const { code } = await running.ended;
    clearTimeout(timer);
    return {
      code: code ?? 137,
      stdout: readFileSync(files.stdout, "utf8"),
      stderr: readFileSync(files.stderr, "utf8"),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Opened by us and reopened by the command's user (`/dev/stderr`): writable for all, as an engine gives its pipes to the user. */
function openOutput(file: string | undefined): number {
  const fd = openSync(file ?? "/dev/null", "a");
  if (file !== undefined) fchmodSync(fd, 0o666);
  return fd;
}

function handle(child: ChildProcess): InImage {
  const ended = new Promise<Awaited<InImage["ended"]>>((resolve, reject) => {
    child.once("error", (error) => reject(new LabError(`cannot start setpriv: ${error.message}`)));
    child.once("exit", (code, name) => resolve({ code: code ?? undefined, signal: name ?? undefined }));
  });
  const pid = (): number | undefined => {
    const outer = child.pid;
    if (outer === undefined || child.exitCode !== null || child.signalCode !== null) return undefined;
    return childrenOf(outer).find(alive);
  };
  const end = async (): Promise<void> => {
    // The first process of the namespace, not unshare: when it is gone, everything in it is.
    const inner = pid();
    if (inner !== undefined) signal(inner, "SIGKILL");
    else child.kill("SIGKILL");
    await ended.catch(() => {});
  };
  return {
    pid,
    signal: (name) => {
      const inner = pid();
      if (inner !== undefined) signal(inner, name);
    },
    ended,
    end,
    [Symbol.asyncDispose]: end,
  };
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** The first process: a layer in memory over the root, the tree's sources, /dev, /proc, the binds; then it becomes the command. */
function insideScript(root: string, options: InImageOptions): string {
  const layer = `${rootsDir}/layer`;
  const top = `${layer}/root`;
  const binds = Object.entries(options.binds ?? {}).map(([inside, outside]) => {
    const target = `${top}${quote(inside)}`;
    const make = statSync(outside).isDirectory()
      ? `mkdir -p ${target}`
      : `mkdir -p "$(dirname ${target})" && : >> ${target}`;
    return `${make}\nmount --bind ${quote(outside)} ${target}`;
  });
  const [uid = "root", gid = uid] = (options.user ?? "root").split(":");
  // Changing the user clears the kernel's promise to kill it when its parent dies (prctl(2), PR_SET_PDEATHSIG): made anew here.
  const become = `setpriv --reuid=${quote(uid)} --regid=${quote(gid)} --clear-groups --pdeathsig KILL`;
  return [
    "set -eu",
    "mount --make-rprivate /",
    `mkdir -p ${layer}`,
    `mount -t tmpfs -o mode=755 tmpfs ${layer}`,
    `mkdir ${layer}/upper ${layer}/work ${top}`,
    `mount -t overlay overlay -o lowerdir=${root},upperdir=${layer}/upper,workdir=${layer}/work ${top}`,
    `mkdir -p ${top}/dev ${top}/proc ${top}${imageSourceDir}`,
    `mount --rbind /dev ${top}/dev`,
    `mount -t proc proc ${top}/proc`,
    `[ ! -e /etc/resolv.conf ] || { rm -f ${top}/etc/resolv.conf; cp -L /etc/resolv.conf ${top}/etc/resolv.conf; }`,
    `mount --bind ${join(treeDir, "src")} ${top}${imageSourceDir}`,
    ...binds,
    `cd ${top}`,
    `exec chroot ${top} ${become} /bin/sh -c ${quote(`cd ${quote(options.cwd ?? "/")} && exec "$@"`)} - "$@"`,
  ].join("\n");
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

async function unpack(imageId: string, root: string): Promise<void> {
  await must(["rm", "-rf", "--one-file-system", root]);
  mkdirSync(root, { recursive: true });
  const container = await must(["docker", "create", imageId], { env: builderEnvironment });
  try {
    const script = 'set -o pipefail; docker export "$1" | tar -x --numeric-owner --xattrs -C "$2"';
    await must(["bash", "-c", script, "-", container, root], { env: builderEnvironment, timeoutMs: 300_000 });
  } finally {
    await must(["docker", "rm", container], { env: builderEnvironment });
  }
}

/** Keeps this root and the one used last before it. */
function forgetOldRoots(current: string): void {
  const old = readdirSync(rootsDir)
    .filter((name) => name.endsWith(".done") && join(rootsDir, name) !== `${current}.done`)
    .map((name) => join(rootsDir, name))
    .toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
    .slice(1);
  for (const done of old) {
    rmSync(done, { force: true });
    rmSync(done.slice(0, -".done".length), { recursive: true, force: true });
  }
}

function inputsHash(): string {
  const hash = createHash("sha256").update(baseRecipe());
  const images = readdirSync(join(treeDir, "images")).filter((name) => name !== "README.md");
  const files = [
    ...images.map((name) => join("images", name)).toSorted(),
    "package.json",
    "package-lock.json",
    ".dockerignore",
  ];
  for (const file of files) hash.update(file).update(readFileSync(join(treeDir, file)));
  return hash.digest("hex").slice(0, 16);
}
