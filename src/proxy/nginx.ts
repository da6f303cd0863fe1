/**
 * The nginx below the agent: one master at a time, in a process group of its own.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { lstat, readFile, rm } from "node:fs/promises";
import type { Logger } from "../telemetry/log.ts";
import { sleep } from "../runtime/wait.ts";
import { nginxFlags } from "./check.ts";
import { connectionsOf, groupMembers, type Member } from "./processes.ts";

/** How long workers that lost their master may hold their ports. */
const orphanMs = 1_000;

/** Starts, reloads and ends nginx. */
export class Nginx {
  readonly #path: string;
  readonly #conf: string;
  readonly #log: Logger;
  readonly #onExit: () => void;
  #child: ChildProcess | undefined;
  #group: number | undefined;

  /** `conf` is the file nginx is started with; `onExit` is called whenever a master has ended. */
  constructor(path: string, conf: string, log: Logger, onExit: () => void) {
    this.#path = path;
    this.#conf = conf;
    this.#log = log;
    this.#onExit = onExit;
  }

  /** True while a master lives. */
  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Starts a master. That it serves is for `prove.ts` to see. */
  async start(): Promise<void> {
    await this.#clearLeftovers();
    const child = spawn(this.#path, [...nginxFlags, "-c", this.#conf], {
      // nginx opens /dev/stdout anew: it must be what docker gave us, not a socket of Node's.
      stdio: ["ignore", "inherit", "inherit"],
      // A group of its own: a Ctrl-C is for the agent, who ends nginx gracefully, and orphans can be found.
      detached: true,
    });
    this.#child = child;
    this.#group = child.pid;
    const ended = (how: object): void => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#log.info(how, "nginx ended");
      this.#onExit();
    };
    child.once("exit", (code, signal) => ended({ pid: child.pid, exitCode: code, endedBy: signal }));
    child.once("error", (error) => ended({ err: error }));
    this.#log.info({ pid: child.pid }, "nginx started");
  }

  /** Asks the master to read the active configuration and to replace its workers. */
  reload(): void {
    this.#child?.kill("SIGHUP");
  }

  /** The workers that live now, leaving ones included. */
  async workers(): Promise<readonly Member[]> {
    if (this.#group === undefined) return [];
    return (await groupMembers(this.#group)).filter(({ pid }) => pid !== this.#group);
  }

  /** Ends workers that are leaving, with every connection they still have. */
  async end(leavers: readonly Member[]): Promise<void> {
    for (const { pid } of leavers) {
      const connections = await connectionsOf(pid);
      try {
        process.kill(pid, "SIGTERM");
      } catch {
        // It ended while we looked.
        continue;
      }
      this.#log.warn({ pid, connections }, "Old worker ended, too many are leaving");
    }
  }

  /** Ends nginx: requests in flight may take `graceMs`, then they are cut off. */
  async stop(graceMs: number): Promise<void> {
    const never = new AbortController().signal;
    for (const [signal, ms] of [
      ["SIGQUIT", graceMs],
      ["SIGTERM", 1_000],
    ] as const) {
      this.#child?.kill(signal);
      const deadline = performance.now() + ms;
      while (this.running && performance.now() < deadline) await sleep(50, never);
    }
    this.#killGroup("SIGKILL");
    while (this.running) await sleep(10, never);
  }

  /** Workers of a dead master go on serving and hold its ports; sockets of a dead master stay in the way of the next. */
  async #clearLeftovers(): Promise<void> {
    const never = new AbortController().signal;
    // On QUIT they stop to listen at once and finish what they have begun.
    this.#killGroup("SIGQUIT");
    const deadline = performance.now() + orphanMs;
    while ((await this.workers()).some(({ leaving }) => !leaving)) {
      if (performance.now() > deadline) this.#killGroup("SIGKILL");
      await sleep(20, never);
    }
    this.#group = undefined;
    const conf = await readFile(this.#conf, "utf8");
    for (const [, path] of conf.matchAll(/\blisten\s+["']?unix:([^\s;"']+)/g)) {
      if (path !== undefined && (await isSocket(path))) await rm(path, { force: true });
    }
  }

  #killGroup(signal: NodeJS.Signals): void {
    if (this.#group === undefined) return;
    try {
      process.kill(-this.#group, signal);
    } catch {
      // Nobody is left in it.
    }
  }
}

async function isSocket(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSocket();
  } catch {
    return false;
  }
}
