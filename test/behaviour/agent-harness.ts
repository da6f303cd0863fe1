/**
 * A real agent with a real nginx in the image's files: user nginx, first process of its own pid namespace, as in a
 * container. Its `/run/interlock` and `/var/lib/interlock` are folders that a test can look into.
 */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { descendants, memoryOfOne } from "./processes.ts";

const tree = join(import.meta.dirname, "../..");

/** What an agent is started with. */
export interface AgentSketch {
  readonly corePort: number;
  /** Folder with `run` and `state`, of an agent before; absent: new ones. */
  readonly folder?: string;
  /** How long it serves on after SIGTERM; absent: not at all. */
  readonly drainMs?: number;
  readonly graceMs?: number;
  /** How many generations of workers may be leaving at a time; absent: as many as in production. */
  readonly mostLeaving?: number;
  /** Mounted over `/var/lib/interlock` instead of the folder's `state`. */
  readonly state?: "read-only";
  /** The docker config that is mounted in it, as text, and mounted secrets by name. */
  readonly printed?: { readonly text: string; readonly secrets?: Readonly<Record<string, string>> };
  /** The classic road: the docker config is at the documented path. */
  readonly classic?: true;
  /** How Node is started; absent: without options. */
  readonly nodeOptions?: readonly string[];
  /** The DNS server it asks for the names of tasks, as `address:port`. */
  readonly dns?: string;
}

/** A running agent. */
export class TestAgent implements AsyncDisposable {
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(folder: string, child: ChildProcess) {
    this.folder = folder;
    this.#child = child;
    this.#ended = once(child, "exit");
  }

  /** Starts an agent; it does not wait for anything. */
  static start(sketch: AgentSketch): TestAgent {
    const folder = sketch.folder ?? newFolder();
    if (sketch.printed !== undefined) writeMounts(folder, sketch.printed);
    const transcript = openSync(join(folder, "transcript"), "a");
    const child = spawn(
      "setpriv",
      ["--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child=SIGKILL", "bash", "-c", script],
      {
        stdio: ["ignore", transcript, transcript],
        env: {
          PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          ROOT: process.env["INTERLOCK_IMAGE_ROOT"],
          TREE: tree,
          FOLDER: folder,
          STATE_OPTIONS: sketch.state === "read-only" ? "bind,ro" : "bind",
          CORE: `127.0.0.1:${sketch.corePort}`,
          DRAIN_MS: String(sketch.drainMs ?? 0),
          GRACE_MS: String(sketch.graceMs ?? 3_000),
          ...(sketch.mostLeaving === undefined ? {} : { MOST_LEAVING: String(sketch.mostLeaving) }),
          CONFIG_PATH: sketch.classic === true ? "/etc/nginx/nginx.conf" : "/etc/interlock/nginx.conf",
          DNS: sketch.dns ?? "",
          NODE_WORDS: sketch.nodeOptions?.join(" ") ?? "",
          CLASSIC: String(sketch.classic === true),
        },
      },
    );
    closeSync(transcript);
    return new TestAgent(folder, child);
  }

  /** Sends the agent, the first process of its namespace, a signal. */
  signal(name: NodeJS.Signals): void {
    const pid = childrenOf(this.#child.pid ?? 0)[0];
    assert.ok(pid !== undefined, "the agent has ended");
    process.kill(pid, name);
  }

  /** Kills the master of its nginx. */
  killNginx(): void {
    const agent = childrenOf(this.#child.pid ?? 0)[0] ?? 0;
    const master = childrenOf(agent).find((pid) => title(pid).includes("master process"));
    assert.ok(master !== undefined, "there is no nginx");
    process.kill(master, "SIGKILL");
  }

  /** Removes the folder that is `/var/lib/interlock`. */
  removeState(): void {
    rmSync(join(this.folder, "state"), { recursive: true });
  }

  /** How long the agent has used a CPU. Source: proc_pid_stat(5), fields 14 and 15, in hundredths of a second. */
  cpuSeconds(): number {
    const pid = childrenOf(this.#child.pid ?? 0)[0] ?? 0;
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** What the agent itself has in memory, in bytes. */
  memoryBytes(): number {
    return memoryOfOne(childrenOf(this.#child.pid ?? 0)[0] ?? 0);
  }

  /** The exit code, when it has ended. */
  async ended(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  /** Everything agent and nginx have written. */
  transcript(): string {
    return readFileSync(join(this.folder, "transcript"), "utf8");
  }

  /** True while the health file is there. */
  healthy(): boolean {
    return existsSync(join(this.folder, "run/healthy"));
  }

  /** What the control server says of a worker; `undefined` when it does not answer. */
  async identity(): Promise<{ readonly structure: string; readonly pid: number } | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const socketPath = join(this.folder, "run/control.sock");
    const outgoing = request({ socketPath, path: "/identity", agent: false }, (incoming) => {
      text(incoming).then(resolve, reject);
    });
    outgoing.on("error", reject).end();
    try {
      return JSON.parse(await promise) as { structure: string; pid: number };
    } catch {
      return undefined;
    }
  }

  /** Kills the agent and everything below it, and removes its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Kills the agent and everything below it; the folder stays for the next. All have ended then: an old nginx would answer for the next. */
  async kill(): Promise<void> {
    const all = descendants(this.#child.pid ?? 0);
    this.#child.kill("SIGKILL");
    await this.#ended;
    await until("all have ended", () => all.every((pid) => !existsSync(`/proc/${pid}`)));
  }
}

/** Waits until something is true. */
export async function until(what: string, is: () => boolean | Promise<boolean>, mostMs = 30_000): Promise<void> {
  const deadline = performance.now() + mostMs;
  while (!(await is())) {
    assert.ok(performance.now() < deadline, `waited ${mostMs} ms for: ${what}`);
    await sleep(20);
  }
}

/** A folder for an agent that has never run. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "interlock-agent-"));
  chmodSync(folder, 0o755);
  for (const name of ["run", "state"]) {
    mkdirSync(join(folder, name));
    chownSync(join(folder, name), 101, 101);
  }
  writeFileSync(join(folder, "transcript"), "");
  // nginx, as its own user, opens it anew as /dev/stdout.
  chmodSync(join(folder, "transcript"), 0o666);
  return folder;
}

function writeMounts(folder: string, { text, secrets }: NonNullable<AgentSketch["printed"]>): void {
  mkdirSync(join(folder, "secrets"), { recursive: true });
  writeFileSync(join(folder, "nginx.conf"), text);
  for (const [name, content] of Object.entries(secrets ?? {})) writeFileSync(join(folder, "secrets", name), content);
}

function childrenOf(pid: number): readonly number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return list === "" ? [] : list.split(" ").map(Number);
}

function title(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8");
}

/**
 * The tree lies where the image has it, with its own Node, so that any root with nginx will do. The last setpriv
 * repeats what --kill-child asked for: the kernel forgets it when a process changes its user. Source: PR_SET_PDEATHSIG(2const).
 * A docker config at the image's link is mounted where the link leads, in a folder made by root, as runc does it.
 */
const script = `
set -eu
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o "lowerdir=$ROOT,upperdir=/mnt/upper,workdir=/mnt/work" /mnt/root
cd /mnt/root
lib=usr/lib/interlock
mkdir -p run/interlock var/lib/interlock $lib/src $lib/test $lib/node_modules
cp "$TREE/package.json" $lib/package.json
chown 101:101 run var/lib/nginx var/log/nginx
mount --bind "$FOLDER/run" run/interlock
mount -o "$STATE_OPTIONS" "$FOLDER/state" var/lib/interlock
for name in src test node_modules; do mount --bind "$TREE/$name" $lib/$name; done
if [ -e "$FOLDER/nginx.conf" ]; then
  ln -sf /run/interlock/active/nginx.conf etc/nginx/nginx.conf
  place=".$CONFIG_PATH"
  [ "$CLASSIC" = false ] || place=run/interlock/active/nginx.conf
  mkdir -p "$(dirname "$place")" run/secrets
  touch "$place"
  mount --bind "$FOLDER/nginx.conf" "$place"
  mount --bind "$FOLDER/secrets" run/secrets
fi
mount --rbind /dev dev
mount -t proc proc proc
exec chroot . setpriv --reuid=101 --regid=101 --clear-groups --pdeathsig KILL /$lib/node_modules/node/bin/node $NODE_WORDS /$lib/test/behaviour/agent-main.ts
`;
