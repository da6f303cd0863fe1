/**
 * The virtual machine on the command line; see `usage`.
 */
import { readFileSync, rmSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { LabError } from "../lab/names.ts";
import { setUp } from "./facts.ts";
import { guest } from "./guest.ts";
import { savedImages } from "./images.ts";
import { vmDir } from "./names.ts";
import { startSwarm, type VmSwarm } from "./swarm.ts";

const usage = `A Swarm in a virtual machine whose kernel has IPVS.

  node test/vm/cli.ts setup        install the Debian packages it needs
  node test/vm/cli.ts build        make the guest and save the images it loads; does nothing when both are there
  node test/vm/cli.ts run FILE     start it, run a bash script on its manager, end it
  node test/vm/cli.ts shell        start it, run line after line of standard input on its manager, end it
  node test/vm/cli.ts clean        remove what was built

A script has DOCKER_HOST, and interlock as the CLI. Cache: ${vmDir} (INTERLOCK_LAB_CACHE)`;

const began = performance.now();

function log(line: string): void {
  console.error(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);
}

async function main([verb = "help", file = ""]: readonly string[]): Promise<number> {
  switch (verb) {
    case "setup":
      await setUp(log);
      return 0;
    case "build":
      await setUp(log);
      await guest(log);
      log(await savedImages(log));
      return 0;
    case "run": {
      const script = readFileSync(file, "utf8");
      return withSwarm((swarm) => show(swarm, script));
    }
    case "shell":
      return withSwarm(shell);
    case "clean":
      rmSync(vmDir, { recursive: true, force: true });
      return 0;
    default:
      console.error(usage);
      return verb === "help" || verb === "--help" ? 0 : 2;
  }
}

async function withSwarm(work: (swarm: VmSwarm) => Promise<number>): Promise<number> {
  await setUp(log);
  const swarm = await startSwarm(log);
  try {
    return await work(swarm);
  } finally {
    await swarm.stop();
  }
}

async function show(swarm: VmSwarm, script: string): Promise<number> {
  const { code, stdout, stderr } = await swarm.run(script, 1_800_000);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return code;
}

/** Each line is a shell of its own: nothing of a line lasts but what it did to the Swarm. */
async function shell(swarm: VmSwarm): Promise<number> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, prompt: "node1# " });
  lines.prompt();
  for await (const line of lines) {
    if (line.trim() === "exit") break;
    if (line.trim() !== "") await show(swarm, line);
    lines.prompt();
  }
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof LabError ? `vm: ${error.message}` : error);
  process.exitCode = 1;
}
