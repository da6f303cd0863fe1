/**
 * The wires: a bridge in a namespace of its own, a cable from it to each node and one to the machine.
 */
import { existsSync, readdirSync } from "node:fs";
import { bridge, fabric, machineAddress, type NodeNames, servicesAddress, uplink } from "./names.ts";
import { must, run } from "./run.ts";

/** Makes the fabric: bridge, the services' address on it, the machine's own cable. Afterwards the machine reaches every node. */
export async function makeFabric(): Promise<void> {
  const [outer, inner] = uplink;
  await batch([
    `netns add ${fabric}`,
    `-n ${fabric} link set lo up`,
    `-n ${fabric} link add ${bridge} type bridge`,
    `-n ${fabric} addr add ${servicesAddress}/24 dev ${bridge}`,
    `-n ${fabric} link set ${bridge} up`,
    `link add ${outer} type veth peer name ${inner} netns ${fabric}`,
    `-n ${fabric} link set ${inner} master ${bridge} up`,
    `addr add ${machineAddress}/24 dev ${outer}`,
    `link set ${outer} up`,
  ]);
}

/** Makes a node's network namespace with its cable to the bridge plugged in. */
export async function makeNodeNetwork(node: NodeNames): Promise<void> {
  await batch([
    `netns add ${node.namespace}`,
    `-n ${fabric} link add ${node.cable} type veth peer name eth0 netns ${node.namespace}`,
    `-n ${fabric} link set ${node.cable} master ${bridge} up`,
    `-n ${node.namespace} addr add ${node.address}/24 dev eth0`,
    `-n ${node.namespace} link set lo up`,
    `-n ${node.namespace} link set eth0 up`,
    `-n ${node.namespace} route add default via ${machineAddress}`,
  ]);
}

/** Pulls a node's cable out of the bridge, or plugs it in again. */
export async function setCable(node: NodeNames, plugged: boolean): Promise<void> {
  await must(["ip", "-n", fabric, "link", "set", node.cable, plugged ? "up" : "down"]);
}

/** The lab's network namespaces that exist now, whoever made them. */
export function namespaces(): readonly string[] {
  if (!existsSync("/run/netns")) return [];
  return readdirSync("/run/netns").filter((name) => name === fabric || /^il-n\d+$/.test(name));
}

/** Removes every namespace and cable of the lab; processes in them must have ended. */
export async function removeNetwork(): Promise<void> {
  for (const name of namespaces()) await run(["ip", "netns", "del", name]);
  if (existsSync(`/sys/class/net/${uplink[0]}`)) await run(["ip", "link", "del", uplink[0]]);
}

/** One `ip` per line: `ip -batch` cannot switch namespaces. */
async function batch(lines: readonly string[]): Promise<void> {
  for (const line of lines) await must(["ip", ...line.split(" ")]);
}
