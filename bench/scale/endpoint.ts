/**
 * How long an endpoint takes from the list of tasks to the workers of a proxy: core, its server, a real agent, and a real nginx with two workers. And
 * what the parts beside core take that hold every route.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { ask } from "../../test/behaviour/client.ts";
import { TestAgent, until } from "../../test/behaviour/agent-harness.ts";
import { freePort } from "../../test/behaviour/nginx.ts";
import { memoryOfOne } from "../../test/behaviour/processes.ts";
import type { Snapshot, SwarmTask } from "../../src/model/snapshot.ts";
import type { Docker } from "../../src/swarm/client.ts";
import { observe } from "../../src/swarm/observe.ts";
import { quantile } from "../data-path/statistics.ts";
import { Core } from "./core.ts";
import { extended } from "./extended.ts";
import { nodeOptions } from "./node-options.ts";

/** What was measured. */
export interface EndpointWay {
  readonly rounds: number;
  /** From the look that shows another task in the place of one to the first answer after which nobody but the new one answers. */
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Memory of the agent and of the extension afterwards. */
  readonly agentBytes: number;
  readonly extensionBytes: number;
}

const host = "shop-5.apps.example.org";
const addresses = ["127.0.0.2", "127.0.0.3"] as const;
/** So many answers in a row over new connections: the kernel hands each to one of two workers. */
const inARow = 12;
const warmUps = 5;

/** Measures with all services of an engine. Needs the image's files, see `test/behaviour/root.ts`. */
export async function measureEndpoint(docker: Docker, rounds: number): Promise<EndpointWay> {
  const [port, sslPort, appPort] = await Promise.all([freePort(), freePort(), freePort()]);
  await using stack = new AsyncDisposableStack();
  for (const address of addresses) stack.use(await application(address, appPort));
  const core = new Core(
    `TargetPort = ${port}\nTargetSSLPort = ${sslPort}\n[Extensions.prod.Config]\nWorkerProcesses = 2\n`,
  );
  const { snapshot, serviceId, taskAt } = withSubject(await observe(docker, new AbortController().signal), appPort);
  await core.seen(snapshot);
  const { port: corePort, extensionPid } = stack.use(await extended(core, ["127.0.0.1"]));
  const agent = stack.use(TestAgent.start({ corePort, nodeOptions }));
  const answerer = async (): Promise<string> =>
    await ask(port, { host }).then(
      ({ body }) => body,
      () => "",
    );
  await until("the first endpoint is served", async () => (await answerer()) === addresses[0]);
  const times: number[] = [];
  for (let round = 1; round <= warmUps + rounds; round += 1) {
    const address = addresses[round % 2 === 0 ? 0 : 1];
    const sinceMs = performance.now();
    await core.seenTasks(serviceId, [taskAt(address)]);
    let firstMs: number | undefined;
    for (let row = 0; row < inARow;) {
      const isNew = (await answerer()) === address;
      row = isNew ? row + 1 : 0;
      firstMs = isNew ? (firstMs ?? performance.now() - sinceMs) : undefined;
    }
    if (round > warmUps) times.push(firstMs ?? Number.NaN);
  }
  return {
    rounds,
    medianMs: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    agentBytes: agent.memoryBytes(),
    extensionBytes: memoryOfOne(extensionPid),
  };
}

/** Answers with its address. */
async function application(address: string, port: number): Promise<AsyncDisposable> {
  const server = createServer((_request, response) => response.end(address));
  server.listen(port, address);
  await once(server, "listening");
  return {
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

interface Subject {
  readonly snapshot: Snapshot;
  readonly serviceId: string;
  /** A task of the service that never was before. */
  readonly taskAt: (address: string) => SwarmTask;
}

/** The Swarm as it is, but for one service: its only task is one of the applications. */
function withSubject(looked: Snapshot, appPort: number): Subject {
  // What ran before may have given it more hosts.
  const found = looked.services.find(({ labels }) => labels["com.docker.lb.hosts"]?.split(",")[0] === host);
  const serviceId = found?.id ?? "";
  const first = [...looked.tasks].find((task) => task.serviceId === serviceId);
  if (first === undefined) throw new Error(`${host} has no tasks`);
  const networkId = first.addresses[0]?.networkId ?? "";
  let made = 0;
  const taskAt = (address: string): SwarmTask => {
    made += 1;
    return { ...first, id: `${first.id}${made}`, addresses: [{ networkId, address }] };
  };
  const services = looked.services.map((service) =>
    service.id === serviceId
      ? { ...service, labels: { ...service.labels, "com.docker.lb.port": String(appPort) } }
      : service,
  );
  const tasks = [...looked.tasks.filter((task) => task.serviceId !== serviceId), taskAt(addresses[0])];
  return {
    snapshot: { ...looked, services, tasks: tasks.toSorted((a, b) => (a.id < b.id ? -1 : 1)) },
    serviceId,
    taskAt,
  };
}
