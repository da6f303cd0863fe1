/**
 * What the lab is called: every name, address and folder it makes, so that `down` can find all of it and nothing else.
 */
import { join } from "node:path";

/** Takes one line of progress; `console.error` on the command line, a test's `diagnostic` in tests. */
export type Log = (line: string) => void;

/** What went wrong in the lab, in one sentence that says what was waited for or which command failed. */
export class LabError extends Error {
  override name = "LabError";
}

/** Everything that dies with `down`: sockets, engines' data, logs. Set `INTERLOCK_LAB` to move it (keep it short: sockets live in it). */
export const stateDir: string = process.env["INTERLOCK_LAB"] ?? "/var/tmp/interlock-lab";

/** What survives `down`: base images, the builder's layers, the registry's blobs, exported roots. Set `INTERLOCK_LAB_CACHE` to move it. */
export const cacheDir: string = process.env["INTERLOCK_LAB_CACHE"] ?? "/var/cache/interlock-lab";

/** The top of the working tree. */
export const treeDir: string = join(import.meta.dirname, "../..");

/** The environment variable that marks every process the lab starts; `down` looks for it. */
export const markName = "INTERLOCK_LAB_PROCESS";

/** The network namespace that holds the bridge, the registry and the resolver. */
export const fabric = "il-fabric";

/** The bridge inside {@link fabric}. A bridge in the root namespace would be cut by the FORWARD policy a dockerd sets there. */
export const bridge = "il-bridge";

/** The two ends of the machine's own cable into the lab: in the root namespace, and on the bridge. */
export const uplink: readonly [string, string] = ["il-up0", "il-up1"];

/** The lab's network: nodes are `.1` and up, the registry and the resolver `.253`, the machine itself `.254`. */
export const subnet = "10.79.0";

/** Where the registry and the resolver listen. */
export const servicesAddress: string = `${subnet}.253`;

/** The machine's own address in the lab. */
export const machineAddress: string = `${subnet}.254`;

/** The registry's address, for pushing and for pulling. */
export const registryAddress: string = `${servicesAddress}:5000`;

/** The most nodes a lab can have: room in {@link subnet}, long after the machine's memory is used up. */
export const mostNodes = 50;

/** The names of node `n` (from 1). */
export type NodeNames = {
  readonly number: number;
  /** Network namespace. */
  readonly namespace: string;
  /** Its end of the cable on the bridge; the other end is `eth0` inside. */
  readonly cable: string;
  /** Host name, as `docker node ls` shows it. */
  readonly hostname: string;
  readonly address: string;
  readonly cgroup: string;
  /** Folder in the state folder. */
  readonly folder: string;
  readonly dockerSocket: string;
};

/** The names of node `n` (from 1). */
export function nodeNames(n: number): NodeNames {
  const folder = join(stateDir, `n${n}`);
  return {
    number: n,
    namespace: `il-n${n}`,
    cable: `il-v${n}`,
    hostname: `node${n}`,
    address: `${subnet}.${n}`,
    cgroup: `/interlock-lab-n${n}`,
    folder,
    dockerSocket: join(folder, "docker.sock"),
  };
}
