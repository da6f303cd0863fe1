/**
 * Running commands: bounded, with what they said when they fail.
 */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { LabError, type Log, markName, stateDir } from "./names.ts";

/** How a command ended. `code` is 128 + 9 when it was killed because its time was up. */
export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Options of {@link run}. */
export type RunOptions = {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
  /** Milliseconds until the command is killed; default two minutes. */
  readonly timeoutMs?: number;
  /** Called with each line as it comes, of stdout and stderr alike. */
  readonly log?: Log;
};

/** Runs a command to its end and reports how it ended; never rejects for an exit status. Rejects when it cannot be started. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const [command = "", ...rest] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(command, rest, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
      // Its own process group, so that a timeout ends what a script has started too.
      detached: true,
    });
    const said = { stdout: "", stderr: "" };
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child.pid);
    }, options.timeoutMs ?? 120_000);
    const forward = options.log === undefined ? undefined : byLine(options.log);
    const collect = (stream: "stdout" | "stderr") => (chunk: string) => {
      said[stream] += chunk;
      forward?.(chunk);
    };
    child.stdout.setEncoding("utf8").on("data", collect("stdout"));
    child.stderr.setEncoding("utf8").on("data", collect("stderr"));
    child.stdin.on("error", () => {}); // a command that does not read its input is not an error
    child.stdin.end(options.input ?? "");
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(new LabError(`cannot start ${command}: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (timedOut) said.stderr += `\nkilled: not finished after ${options.timeoutMs ?? 120_000} ms`;
      resolve({ code: code ?? (signal === "SIGKILL" ? 137 : 143), ...said });
    });
  });
}

/** Like {@link run}, but a status other than 0 is a {@link LabError} carrying the command and the end of its output. Returns trimmed stdout. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const ran = await run(argv, options);
  if (ran.code === 0) return ran.stdout.trim();
  const tail = `${ran.stdout}\n${ran.stderr}`.trim().split("\n").slice(-12).join("\n  ");
  throw new LabError(`\`${argv.join(" ").slice(0, 200)}\` ended with ${ran.code}:\n  ${tail}`);
}

/** Starts a process that outlives this one, its output appended to `logFile`, marked so that `down` finds it. Returns its pid. */
export function startDetached(argv: readonly string[], logFile: string, env: NodeJS.ProcessEnv = {}): number {
  const [command = "", ...rest] = argv;
  const out = openSync(logFile, "a");
  try {
    const child = spawn(command, rest, {
      detached: true,
      cwd: "/",
      env: { ...process.env, ...env, [markName]: stateDir },
      stdio: ["ignore", out, out],
    });
    child.on("error", () => {}); // whoever waits for the process to be ready reports it, with the log
    child.unref();
    if (child.pid === undefined) throw new LabError(`cannot start ${command}`);
    return child.pid;
  } finally {
    closeSync(out);
  }
}

/** Asks every 50–250 ms until `probe` says true; a {@link LabError} naming `what` when `timeoutMs` is over. Errors of the probe count as "not yet". */
export async function waitUntil(
  what: string,
  timeoutMs: number,
  probe: () => Promise<boolean> | boolean,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let pause = 50;
  let lastError = "";
  for (;;) {
    try {
      if (await probe()) return;
    } catch (error) {
      lastError = error instanceof Error ? ` (${error.message})` : "";
    }
    if (performance.now() > deadline) throw new LabError(`waited ${timeoutMs / 1000} s for ${what}${lastError}`);
    await delay(pause);
    pause = Math.min(250, pause + 25);
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It ended by itself in the meantime.
  }
}

function byLine(log: Log): (chunk: string) => void {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") log(line);
  };
}
