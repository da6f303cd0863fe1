/**
 * A real Swarm on this machine: `upLab` makes it, `attachLab` finds the one that is up, `Lab` is what one can do with it.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startBuilder } from "./builder.ts";
import { readNames, setNames, startDns } from "./dns.ts";
import { takeDown } from "./down.ts";
import { facts } from "./facts.ts";
import { build, push, type Recipe } from "./images.ts";
import { ensureBaseImages } from "./base.ts";
import { withLock } from "./lock.ts";
import { LabError, type Log, mostNodes, nodeNames, registryAddress, stateDir } from "./names.ts";
import { makeFabric, makeNodeNetwork } from "./network.ts";
import { engineAnswers, type LabNode, labNode, machinePid } from "./node.ts";
import { registryAnswers, startRegistry } from "./registry.ts";
import { type Ran, run, type RunOptions } from "./run.ts";
import { makeState } from "./state.ts";
import { makeSwarm } from "./swarm.ts";

/** Which lab is wanted. */
export type LabWish = {
  /** How many nodes; default 4. */
  readonly nodes?: number;
  /** How many of them are managers, counted from node 1; default 1. */
  readonly managers?: number;
  /** Takes lines of progress; default none. */
  readonly log?: Log;
  /** Host names (lower case) that resolve inside the lab, besides `node1` … */
  readonly names?: Readonly<Record<string, string>>;
};

/** A lab that is up. */
export type Lab = {
  /** In order: `nodes[0]` is `node1`, the first manager. */
  readonly nodes: readonly LabNode[];
  readonly managers: number;
  /** Address of the registry; nodes ask it for every plain name. */
  readonly registry: string;
  /** Whether service VIPs and the ingress mesh work on this kernel. */
  readonly ipvs: boolean;
  /** Node `n`, from 1. A LabError when there is none. */
  node(n: number): LabNode;
  /** Runs a command as if typed on that node: its network, its host name, its resolver, its engine. Never rejects for a status. */
  run(node: LabNode, argv: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Runs a bash script as if typed on that node. */
  sh(node: LabNode, script: string, env?: NodeJS.ProcessEnv, options?: RunOptions): Promise<Ran>;
  /** Builds an image and pushes it, so that every node can run `tag`. Returns the image's id. */
  buildAndPush(dockerfile: string, context: string, tag: string): Promise<string>;
  /** Adds host names to the lab's resolver. */
  addNames(names: Readonly<Record<string, string>>): void;
  /** Removes the lab. */
  down(): Promise<void>;
};

/** What is remembered of a lab that is up, in `lab.json`. */
type LabState = { readonly nodes: number; readonly managers: number; readonly ipvs: boolean };

const stateFile = join(stateDir, "lab.json");

/** Makes a lab, or returns the one that is up when it is as wished and whole. Whatever half of a lab is found is removed first. */
export async function upLab(wish: LabWish = {}): Promise<Lab> {
  const { nodes: count = 4, managers = 1, log = () => {}, names = {} } = wish;
  if (count < 1 || count > mostNodes || managers < 1 || managers > count) {
    throw new LabError(`a lab has 1 to ${mostNodes} nodes, and at least one but not more managers than nodes`);
  }
  return withLock("lab", async () => {
    const up = await attach(log);
    if (up?.nodes.length === count && up.managers === managers) {
      log("up: the lab is up already");
      up.addNames(names);
      return up;
    }
    const known = await facts();
    if (known.obstacles.length > 0) throw new LabError(known.obstacles.join("; "));
    if (existsSync(stateDir)) {
      log(
        up === undefined
          ? "up: removing what is left of an earlier lab"
          : "up: the lab that is up is another one; removing it",
      );
    }
    // The builder keeps its socket in the state folder, and another process may be building.
    await withLock("builder", async () => {
      await takeDown(existsSync(stateDir) ? log : () => {});
      await makeState(log);
    });
    const began = performance.now();
    await bringUp(count, managers, names, log);
    writeState({ nodes: count, managers, ipvs: known.ipvs });
    log(
      `up: ${count} nodes in ${((performance.now() - began) / 1000).toFixed(1)} s${known.ipvs ? "" : " (no IPVS: publish ports in host mode)"}`,
    );
    return makeLab({ nodes: count, managers, ipvs: known.ipvs }, log);
  });
}

/** The lab that is up. A {@link LabError} when there is none. */
export async function attachLab(log: Log = () => {}): Promise<Lab> {
  const lab = await attach(log);
  if (lab === undefined) throw new LabError("no lab is up (`node test/lab/cli.ts up`)");
  return lab;
}

/** Removes the lab, whatever is there of it; does nothing when there is none. */
export async function downLab(log: Log = () => {}): Promise<void> {
  await withLock("lab", () => withLock("builder", () => takeDown(log)));
}

async function attach(log: Log): Promise<Lab | undefined> {
  if (!existsSync(stateFile)) return undefined;
  const state = JSON.parse(readFileSync(stateFile, "utf8")) as LabState;
  const lab = makeLab(state, log);
  // A node whose engine a test has stopped is still a node; one whose machine is gone after a reboot is not.
  const machines = lab.nodes.filter((node) => machinePid(node.names) !== undefined);
  const first = lab.nodes[0];
  const whole =
    machines.length > 0 &&
    first !== undefined &&
    (await registryAnswers()) &&
    (await engineAnswers(first.dockerSocket));
  return whole ? lab : undefined;
}

async function bringUp(
  count: number,
  managers: number,
  names: Readonly<Record<string, string>>,
  log: Log,
): Promise<void> {
  const nodes = Array.from({ length: count }, (_, index) => labNode(nodeNames(index + 1)));
  log(`network: a bridge and ${count} cables`);
  await makeFabric();
  for (const node of nodes) await makeNodeNetwork(node.names);
  log(`registry and resolver: ${registryAddress}`);
  const hosts = Object.fromEntries(nodes.map((node) => [node.hostname, node.address]));
  await Promise.all([startDns({ ...hosts, ...names }), startRegistry()]);
  log(`engines: starting ${count}`);
  await Promise.all(nodes.map((node) => node.start()));
  log(`engines: ${nodes.map((node) => `${node.hostname} ${node.address}`).join(", ")}`);
  await makeSwarm(nodes, managers, log);
}

function makeLab(state: LabState, log: Log): Lab {
  const nodes = Array.from({ length: state.nodes }, (_, index) => labNode(nodeNames(index + 1)));
  const runOn: Lab["run"] = (node, argv, options = {}) =>
    run(onNode(node, argv), { ...options, env: { ...options.env, ...nodeEnvironment(node) } });
  return {
    nodes,
    managers: state.managers,
    registry: registryAddress,
    ipvs: state.ipvs,
    node: (n) => {
      const node = nodes[n - 1];
      if (node === undefined) throw new LabError(`the lab has ${nodes.length} nodes, no node ${n}`);
      return node;
    },
    run: runOn,
    sh: (node, script, env, options = {}) =>
      runOn(node, ["bash", "-c", script], { ...options, env: { ...options.env, ...env } }),
    buildAndPush: (dockerfile, context, tag) => buildAndPush({ dockerfile, context, tag }, log),
    addNames: (names) => {
      setNames({ ...readNames(), ...names });
    },
    down: () => downLab(log),
  };
}

/** The command line that runs `argv` as if typed on a node: in its network and host name, with its resolver. The working folder stays. */
export function onNode(node: LabNode, argv: readonly string[]): readonly string[] {
  const machine = machinePid(node.names);
  if (machine === undefined) throw new LabError(`${node.hostname} is off`);
  // Its network and host name, then a mount namespace of the command's own, where the node's files of /etc lie over the machine's.
  // Not the node's own mount and process namespaces: the command keeps its working folder, and signals reach it.
  const files = `mount --make-rprivate / && mount --bind ${node.names.folder}/resolv.conf "$(readlink -f /etc/resolv.conf)" && mount --bind ${node.names.folder}/hosts /etc/hosts && exec "$@"`;
  return [
    "nsenter",
    `--uts=/proc/${machine}/ns/uts`,
    `--net=/run/netns/${node.names.namespace}`,
    "unshare",
    "--mount",
    "bash",
    "-c",
    files,
    "-",
    ...argv,
  ];
}

/** The environment of a command on a node: its engine, and none of the machine's HTTP proxies, which know nothing of the lab. */
export function nodeEnvironment(node: LabNode): NodeJS.ProcessEnv {
  const proxies = ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
  const without = Object.fromEntries(proxies.map((name) => [name, undefined]));
  return { ...without, DOCKER_HOST: `unix://${node.dockerSocket}` };
}

async function buildAndPush(recipe: Recipe, log: Log): Promise<string> {
  return withLock("builder", async () => {
    // Left running: it is part of the lab that is up, and ends with it.
    await startBuilder(log);
    await ensureBaseImages(log);
    const id = await build(recipe, log);
    await push(recipe.tag, log);
    return id;
  });
}

function writeState(state: LabState): void {
  writeFileSync(`${stateFile}.new`, `${JSON.stringify(state, undefined, 2)}\n`);
  renameSync(`${stateFile}.new`, stateFile);
}
