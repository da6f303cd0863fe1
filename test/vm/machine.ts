/**
 * The virtual machine: a guest that runs commands and has ports that lead into it. In plain emulation, because nested
 * virtualisation hangs on some machines that offer it.
 */
import { LabError, type Log } from "../lab/names.ts";
import type { Ran } from "../lab/run.ts";
import { guest } from "./guest.ts";
import { channels } from "./names.ts";
import { startQemu } from "./qemu.ts";
import { type Wire, wire } from "./wire.ts";

/** A machine that runs. */
export type Machine = {
  /** Runs a bash script as root in the guest, at most `timeoutMs` (default one minute); never rejects for its status. */
  run(script: string, timeoutMs?: number): Promise<Ran>;
  /** Opens a port of 127.0.0.1 that leads to `address:port` in the guest. Returns its number. */
  forward(address: string, port: number): Promise<number>;
  /** Ends it at once. Nothing is left of it. */
  stop(): Promise<void>;
};

/** Starts a machine that finds the file `images` as its disk `/dev/vda`, and waits until it runs commands. A {@link LabError} when it does not. */
export async function startMachine(images: string, log: Log): Promise<Machine> {
  const { kernel, disk } = await guest(log);
  const began = performance.now();
  const qemu = startQemu(kernel, disk, images);
  const wires: Wire[] = [];
  const stop = async (): Promise<void> => {
    for (const each of wires) each.close();
    await qemu.stop();
  };
  try {
    const monitor = await wire(await qemu.socket("monitor"), (line) => /^{"(return|error)"/.test(line));
    wires.push(monitor);
    await monitor.ask('{"execute":"qmp_capabilities"}', 5_000);
    for (let n = 1; n <= channels; n += 1) wires.push(await wire(await qemu.socket(`port${n}`)));
    const run = runner(wires.filter((each) => each !== monitor));
    await run("true", 120_000);
    log(`vm: up (${((performance.now() - began) / 1000).toFixed(1)} s)`);
    return { run, forward: (address, port) => forward(monitor, address, port), stop };
  } catch (error) {
    const said = qemu.said();
    await stop();
    throw new LabError(`the virtual machine did not come up: ${String(error)}\n  ${said}`);
  }
}

/** Gives each script to a serial port that is free, or to the next one that will be. */
function runner(lines: readonly Wire[]): Machine["run"] {
  const free = [...lines];
  const queue: ((line: Wire) => void)[] = [];
  const take = async (): Promise<Wire> => free.pop() ?? (await new Promise((resolve) => queue.push(resolve)));
  return async (script, timeoutMs = 60_000) => {
    const line = await take();
    // A script that outlives its time is ended in the guest, so that its port is free again.
    const bounded = `exec timeout -k 5 ${Math.ceil(timeoutMs / 1000)} bash <<< "$(base64 -d <<< ${base64(script)})"`;
    try {
      const answer = await line.ask(base64(bounded), timeoutMs + 20_000);
      const [code = "", stdout = "", stderr = ""] = answer.split(" ");
      return { code: Number(code), stdout: text(stdout), stderr: text(stderr) };
    } finally {
      const next = queue.shift();
      if (next === undefined) free.push(line);
      else next(line);
    }
  };
}

/** QEMU takes a free port when asked for number 0; `info usernet` says which. */
async function forward(monitor: Wire, address: string, port: number): Promise<number> {
  const human = async (line: string): Promise<string> => {
    const command = { execute: "human-monitor-command", arguments: { "command-line": line } };
    const answer = JSON.parse(await monitor.ask(JSON.stringify(command), 20_000)) as { readonly return?: string };
    return answer.return ?? "";
  };
  const refused = await human(`hostfwd_add net tcp:127.0.0.1:0-${address}:${port}`);
  const known = await human("info usernet");
  const row = new RegExp(`TCP\\[HOST_FORWARD\\]\\s+\\d+\\s+127\\.0\\.0\\.1\\s+(\\d+)\\s+${address}\\s+${port}\\s`);
  const opened = row.exec(known)?.[1];
  if (opened === undefined) throw new LabError(`cannot forward to ${address}:${port}: ${refused}\n${known}`);
  return Number(opened);
}

function base64(plain: string): string {
  return Buffer.from(plain).toString("base64");
}

function text(encoded: string): string {
  return Buffer.from(encoded, "base64").toString();
}
