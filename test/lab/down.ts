/**
 * Takes everything of the lab away, from any half state, and nothing else: processes, control groups, namespaces, cables, folders.
 */
import { existsSync, readFileSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stopBuilder } from "./builder.ts";
import { cacheDir, LabError, type Log, markName, stateDir } from "./names.ts";
import { namespaces, removeNetwork } from "./network.ts";
import { hasEnvironment, hasMountsBelow, processes, signal } from "./processes.ts";
import { run } from "./run.ts";
import { removeState } from "./state.ts";

const cgroupRoot = "/sys/fs/cgroup";

/** Removes the lab. Does nothing when there is none. The cache stays. The caller holds the locks `lab` and `builder`. */
export async function takeDown(log: Log): Promise<void> {
  const began = performance.now();
  const there = existsSync(stateDir) || namespaces().length > 0 || (await labProcesses()).length > 0;
  if (!there) {
    log("down: there is no lab");
    return;
  }
  log("down: stopping the builder");
  await stopBuilder();
  log(`down: ending ${(await labProcesses()).length} processes`);
  await endProcesses();
  log("down: removing control groups, namespaces and cables");
  removeCgroups();
  await removeNetwork();
  log("down: removing the nodes' data");
  await removeState();
  log(`down: the lab is gone (${((performance.now() - began) / 1000).toFixed(1)} s); the cache stays in ${cacheDir}`);
}

/** The pids of everything the lab started and everything that runs in it, this process and its ancestors excepted. */
export async function labProcesses(): Promise<readonly number[]> {
  const found = new Set<number>();
  for (const name of namespaces()) {
    const ran = await run(["ip", "netns", "pids", name]);
    for (const word of ran.stdout.split(/\s+/)) if (word !== "") found.add(Number(word));
  }
  for (const group of cgroups()) {
    for (const word of readProcs(join(group, "cgroup.procs"))) found.add(word);
  }
  const folders = [stateDir, join(cacheDir, "builder")];
  for (const { pid } of processes()) {
    if (hasEnvironment(pid, markName, stateDir) || hasMountsBelow(pid, folders)) found.add(pid);
  }
  for (const pid of ancestors()) found.delete(pid);
  return [...found];
}

async function endProcesses(): Promise<void> {
  for (let round = 0; round < 40; round += 1) {
    const pids = await labProcesses();
    if (pids.length === 0) return;
    for (const pid of pids) signal(pid, "SIGKILL");
    await delay(100);
  }
  throw new LabError(`these processes of the lab do not end: ${(await labProcesses()).join(" ")}`);
}

/** Every control group of the lab, deepest first, in all hierarchies. */
function cgroups(): readonly string[] {
  if (!existsSync(cgroupRoot)) return [];
  // Version 1 has one folder per controller below the root, version 2 has the root itself; some machines have both.
  const tops = [cgroupRoot, ...readdirSync(cgroupRoot).map((name) => join(cgroupRoot, name))].filter(isFolder);
  const ours = tops.flatMap((top) =>
    readdirSync(top)
      .filter((name) => /^interlock-lab-(n\d+(-engine)?|builder)$/.test(name))
      .map((name) => join(top, name)),
  );
  return ours.flatMap((group) => [...below(group), group]);
}

function below(group: string): readonly string[] {
  const inner = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return inner.flatMap((entry) => [...below(join(group, entry.name)), join(group, entry.name)]);
}

function removeCgroups(): void {
  for (const group of cgroups()) {
    try {
      rmdirSync(group);
    } catch {
      // A process in it is still ending. An empty group costs nothing; the next `up` uses it again.
    }
  }
}

function ancestors(): readonly number[] {
  const chain: number[] = [];
  for (let pid = process.pid; pid > 1;) {
    chain.push(pid);
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    pid = Number(/^PPid:\s*(\d+)/m.exec(status)?.[1] ?? 0);
  }
  return chain;
}

function readProcs(file: string): readonly number[] {
  try {
    return readFileSync(file, "utf8").split("\n").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
