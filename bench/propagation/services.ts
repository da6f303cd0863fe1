/**
 * The services of a measurement: one that is looked at, many that are only there, some of which change.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Docker } from "../../src/swarm/client.ts";
import { demoImage } from "../../test/lab/images.ts";
import { type Contender, network } from "./contender.ts";

/** Creates so many services with labels and without tasks: what a proxy has to read and to know, without the machines. */
export async function createOthers(docker: Docker, contender: Contender, count: number): Promise<readonly string[]> {
  const target = (await docker.networks()).find(({ name }) => name === network)?.id;
  const names = Array.from({ length: count }, (_, index) => `other-${index}`);
  const left = [...names];
  const create = async (): Promise<void> => {
    for (let name = left.pop(); name !== undefined; name = left.pop())
      await docker.createService({
        Name: name,
        Labels: contender.labels(`${name}.example`),
        TaskTemplate: { ContainerSpec: { Image: demoImage.tag }, Networks: [{ Target: target }] },
        Mode: { Replicated: { Replicas: 0 } },
        // A virtual address for each would use up the network.
        EndpointSpec: { Mode: "dnsrr" },
      });
  };
  await Promise.all(Array.from({ length: 8 }, create));
  return names;
}

/** Gives a service these labels and no others. Returns when it began to ask for that, by `performance.now()`. */
export async function relabel(docker: Docker, name: string, labels: Readonly<Record<string, string>>): Promise<number> {
  const { id, version, spec } = await docker.inspectService(name);
  const began = performance.now();
  await docker.updateService(id, version, { ...spec, Labels: labels });
  return began;
}

/** The same for the number of its tasks. */
export async function scale(docker: Docker, name: string, replicas: number): Promise<number> {
  const { id, version, spec } = await docker.inspectService(name);
  const began = Date.now();
  await docker.updateService(id, version, { ...spec, Mode: { Replicated: { Replicas: replicas } } });
  return began;
}

/** Changes the hosts of one of these services after the other until it is disposed of, five a second. */
export function churn(docker: Docker, contender: Contender, names: readonly string[]): AsyncDisposable {
  const end = new AbortController();
  const running = (async () => {
    for (let round = 0; !end.signal.aborted; round += 1) {
      const name = names[round % names.length] ?? "";
      await relabel(docker, name, contender.labels(`${name}-${round}.example`));
      await sleep(200);
    }
  })();
  // Whoever disposes hears of a failure; nobody else has to.
  running.catch(() => {});
  return {
    [Symbol.asyncDispose]: async () => {
      end.abort();
      await running;
    },
  };
}
