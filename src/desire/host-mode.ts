/**
 * Services reached without an overlay network: by the ports their tasks publish on their nodes.
 */
import type { Finding } from "../labels/family.ts";
import { bridge } from "../labels/network.ts";
import { quoted } from "../labels/quoted.ts";
import type { SwarmNode, SwarmTask } from "../model/snapshot.ts";
import type { AskingService } from "./asking.ts";

/** Whether the tasks of a service publish a port of theirs on their nodes (`mode=host`). Only TCP counts: HTTP and TLS travel over it. */
export function publishesOnNodes(service: AskingService, target: number): boolean {
  return service.ports.some((port) => port.mode === "host" && port.target === target && port.protocol === "tcp");
}

/**
 * Where one task answers on its node; `undefined` when Swarm has not said yet, or says that the node is down.
 *
 * Why only `down` counts: managers that have just been elected call every node `unknown` for a while.
 * Source: reference §4.6 ("upstream becomes `<node IP>:<published port>`").
 */
export function nodePort(
  task: SwarmTask,
  target: number,
  nodes: ReadonlyMap<string, SwarmNode>,
): { readonly address: string; readonly port: number } | undefined {
  const node = nodes.get(task.nodeId ?? "");
  if (node === undefined || node.state === "down" || node.address === "") return undefined;
  const ports = task.hostPorts.filter((port) => port.target === target && port.protocol === "tcp");
  // A port may be published twice; one endpoint per task, or it would count twice.
  const [published] = ports.map((port) => port.published).toSorted((a, b) => a - b);
  return published === undefined ? undefined : { address: node.address, port: published };
}

/** What to say of a service that asks for published ports and publishes none. */
export function hostPortMissing(service: AskingService, target: number): Finding {
  const meshed = service.ports.some((port) => port.mode === "ingress" && port.target === target);
  return {
    code: "HOST_PORT_MISSING",
    sentence: `the network ${quoted(bridge)} asks for the port that its tasks publish on their nodes, and port ${target} is ${meshed ? "published through the ingress network only" : "not published"}`,
    remedy: `Publish it on the nodes with ${publishFlag(target)}, or name an overlay network the service is on`,
  };
}

/** What `docker service create` is told to publish a port on the nodes; `docker service update` calls it `--publish-add`. */
export function publishFlag(target: number): string {
  return `--publish mode=host,target=${target}`;
}
