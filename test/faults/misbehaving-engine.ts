/**
 * Core in front of an engine that can be made to misbehave.
 */
import { join } from "node:path";
import { sh } from "../e2e/swarm.ts";
import { engineProxy, type EngineProxy } from "../lab/engine-proxy.ts";
import type { Lab } from "../lab/lab.ts";

const real = "/var/run/docker.sock";

/**
 * Gives core the socket of a proxy instead of node 1's engine while `work` lasts; core's task is replaced at the beginning and at the end.
 *
 * Shape: nobody else is behind the proxy: the shell, the status and Swarm itself ask the engine.
 * Why it works: the state folder is shared between the machine and its nodes, so a socket there can be mounted into a container.
 */
export async function withMisbehavingEngine(lab: Lab, work: (proxy: EngineProxy) => Promise<void>): Promise<void> {
  const { dockerSocket, names } = lab.node(1);
  await using proxy = await engineProxy(dockerSocket, join(names.folder, "faulty", "docker.sock"));
  // Another mount with the same target takes the place of the one before.
  const mount = async (source: string): Promise<void> => {
    await sh(
      lab,
      `docker service update --quiet --mount-add type=bind,source=${source},target=${real} ucp-interlock > /dev/null`,
    );
  };
  try {
    await mount(proxy.path);
    await work(proxy);
  } finally {
    proxy.become({ kind: "none" });
    await mount(real);
  }
}
