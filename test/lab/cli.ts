/**
 * The lab on the command line; see `usage`.
 */
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { facts } from "./facts.ts";
import { imageRoot } from "./image-root.ts";
import { build, demoImage, interlockImage, withBuilder } from "./images.ts";
import { attachLab, downLab, nodeEnvironment, onNode, upLab } from "./lab.ts";
import { cacheDir, LabError, stateDir } from "./names.ts";
import { enginePid, machinePid } from "./node.ts";
import { installPackages } from "./packages.ts";
import { readyNodes } from "./swarm.ts";

const usage = `The lab: a real Docker Swarm on this machine.

  node test/lab/cli.ts setup                          install the Debian packages it needs
  node test/lab/cli.ts up [--nodes 4] [--managers 1]  bring it up; does nothing when it is up
  node test/lab/cli.ts status                         what is up
  node test/lab/cli.ts shell N [COMMAND...]           a shell (or one command) on node N
  node test/lab/cli.ts restart N [SECONDS]            kill node N's engine and start it again after a while
  node test/lab/cli.ts images                         build Interlock's and the demo's image; push them when the lab is up
  node test/lab/cli.ts root                           print the folder that holds the image's files, making it if need be
  node test/lab/cli.ts down                           remove it, whatever is there of it; the cache stays

State: ${stateDir} (INTERLOCK_LAB), cache: ${cacheDir} (INTERLOCK_LAB_CACHE)`;

const began = performance.now();

function log(line: string): void {
  console.error(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);
}

async function main(argv: readonly string[]): Promise<number> {
  const [verb = "help", ...rest] = argv;
  switch (verb) {
    case "setup":
      await installPackages(log);
      return 0;
    case "up": {
      const options = { nodes: { type: "string", default: "4" }, managers: { type: "string", default: "1" } } as const;
      const { values } = parseArgs({ args: rest, options });
      await upLab({ nodes: Number(values.nodes), managers: Number(values.managers), log });
      return 0;
    }
    case "status":
      return status();
    case "shell":
      return shell(Number(rest[0]?.replace(/^(node|n)/, "")), rest.slice(1));
    case "restart": {
      const node = (await attachLab(log)).node(Number(rest[0]));
      await node.kill();
      await new Promise((resolve) => setTimeout(resolve, Number(rest[1] ?? 0) * 1_000));
      await node.start();
      return 0;
    }
    case "images":
      return images();
    case "root":
      console.log(await imageRoot(log));
      return 0;
    case "down":
      await downLab(log);
      return 0;
    default:
      console.error(usage);
      return verb === "help" || verb === "--help" ? 0 : 2;
  }
}

async function status(): Promise<number> {
  const known = await facts();
  for (const obstacle of known.obstacles) console.log(`obstacle: ${obstacle}`);
  console.log(`ipvs: ${known.ipvs ? "yes" : "no (no service VIPs, no ingress mesh)"}`);
  const lab = await attachLab().catch((error: unknown) => {
    if (error instanceof LabError) return undefined;
    throw error;
  });
  if (lab === undefined) {
    console.log("lab: down");
    return 1;
  }
  console.log(`lab: up, registry ${lab.registry}`);
  const ready = await readyNodes(lab.node(1)).catch((): readonly string[] => []);
  for (const node of lab.nodes) {
    const words = [
      machinePid(node.names) === undefined
        ? "off"
        : enginePid(node.names) === undefined
          ? "engine stopped"
          : "engine runs",
      ready.includes(node.hostname) ? "ready" : "not ready",
    ];
    console.log(`${node.hostname}  ${node.address}  ${words.join(", ")}  DOCKER_HOST=unix://${node.dockerSocket}`);
  }
  return 0;
}

async function shell(n: number, command: readonly string[]): Promise<number> {
  const node = (await attachLab()).node(n);
  const argv = command.length > 0 ? command : ["bash", "--norc", "-i"];
  const [program = "", ...args] = onNode(node, argv);
  const env = { ...process.env, ...nodeEnvironment(node), PS1: `root@${node.hostname}:\\w# ` };
  return new Promise((resolve, reject) => {
    spawn(program, args, { stdio: "inherit", env })
      .on("error", reject)
      .on("exit", (code) => resolve(code ?? 1));
  });
}

async function images(): Promise<number> {
  const recipes = [interlockImage, demoImage];
  const lab = await attachLab(log).catch(() => undefined);
  if (lab !== undefined) {
    for (const { dockerfile, context, tag } of recipes) await lab.buildAndPush(dockerfile, context, tag);
  } else {
    await withBuilder(log, async () => {
      for (const recipe of recipes) await build(recipe, log);
    });
  }
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof LabError ? `lab: ${error.message}` : error);
  process.exitCode = 1;
}
