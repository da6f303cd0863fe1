/**
 * Processes on chosen cores: started so that they end with this one however it ends, and what they use.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "node:http";
import { descendants } from "../../test/behaviour/processes.ts";

/** The core of the proxy under test, as taskset has it. */
export const proxyCore = "0";

/** The cores of everything else: load, application. All but {@link proxyCore}. */
export const otherCores: string = `1-${cpus().length - 1}`;

/**
 * Starts a command on `cores`; both its outputs are appended to the file `output`. The kernel ends it when this process ends.
 *
 * Shape: neither setpriv nor taskset stays, so the child's process number is the command's.
 */
export function startPinned(
  argv: readonly string[],
  cores: string,
  output: string,
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  const out = openSync(output, "a");
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "taskset", "-c", cores, ...argv], {
    stdio: ["ignore", out, out],
    env: { ...process.env, ...env },
  });
  closeSync(out);
  return child;
}

/** Moves a process, all below it and all their threads to `cores`. Fails when one has ended meanwhile. */
export function pin(pid: number, cores: string): void {
  for (const one of [pid, ...descendants(pid)])
    execFileSync("taskset", ["-apc", cores, String(one)], { stdio: "pipe" });
}

/** Ends a child at once and waits until it is gone; nothing when it has ended before. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

/** CPU seconds that a process and those below it have used so far, in user and kernel; good to 0.01. Fails when it has ended. Source: proc_pid_stat(5), fields 14 and 15. */
export function cpuSeconds(pid: number): number {
  const ticks = [pid, ...descendants(pid)].map((one) => {
    const stat = readFileSync(`/proc/${one}/stat`, "utf8");
    // The name in brackets may hold blanks; field 3 follows it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, one) => sum + one, 0) / 100;
}

/**
 * Runs a command on {@link otherCores} to its end; its standard output. `hear` is given all of it so far, each time there is more.
 *
 * Fails with what it said when it fails, or takes longer than `timeoutMs`.
 */
export async function runPinned(
  argv: readonly string[],
  timeoutMs: number,
  hear: (said: string) => void = () => {},
): Promise<string> {
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "taskset", "-c", otherCores, ...argv], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  let said = "";
  let complained = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    said += chunk;
    hear(said);
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (complained += chunk));
  await once(child, "close");
  if (child.exitCode === 0) return said;
  throw new Error(`\`${argv.join(" ")}\` ended with ${child.exitCode ?? child.signalCode}:\n${said}${complained}`);
}

/**
 * Waits until a proxy on loopback answers 200 for a host.
 *
 * Fails after `seconds`, or at once when `child` has ended, with the end of what it wrote to `output`.
 */
export async function answers(
  port: number,
  host: string,
  child: ChildProcess,
  output: string,
  seconds = 180,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while ((await status(port, host)) !== 200) {
    const ended = child.exitCode !== null || child.signalCode !== null;
    if (ended || performance.now() > deadline) {
      const words = readFileSync(output, "utf8").slice(-2_000);
      throw new Error(`nothing answers for ${host} on port ${port}${ended ? ", its process has ended" : ""}: ${words}`);
    }
    await sleep(100);
  }
}

async function status(port: number, host: string): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const headers = { host };
  request({ host: "127.0.0.1", port, path: "/small", headers, agent: false, timeout: 5_000 }, (incoming) => {
    incoming.resume();
    resolve(incoming.statusCode ?? 0);
  })
    .on("error", () => resolve(0))
    .on("timeout", () => resolve(0))
    .end();
  return promise;
}
